"""Words in titles of calendars that are nobody's name: what calendars show instead of a hidden title, being away, parts in a rota.

The words are those Google, Outlook and Apple calendars write by themselves, in the languages they are used in most, and what people add.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for line in text.splitlines() for word in line.split(",") if word.strip())


# Free, busy, private, or without a title: what happens is hidden from whoever reads the calendar.
HIDDEN = _words("""
    busy, free, available, unavailable, not available, tentative, private, private event, private appointment, private meeting, personal, blocked
    hold, no title, untitled, untitled event, new event, event, appointment, meeting, working elsewhere, reserved, tbd, tba, none, nobody, noone
    tbc, no one, n/a, open, unassigned, not assigned, unfilled, uncovered, vacant, empty, unknown, who, someone, anyone, everyone
    beschäftigt, gebucht, frei, verfügbar, mit vorbehalt, privat, privater termin, kein titel, termin, an anderem ort tätig
    offen, unbesetzt, nicht besetzt, niemand
    occupé, libre, disponible, provisoire, privé, rendez-vous privé, sans titre, indisponible
    ocupado, provisional, privado, cita privada, sin título, no disponible
    occupato, libero, disponibile, provvisorio, privato, appuntamento privato, senza titolo
    livre, disponível, provisório, particular, compromisso particular, sem título
    bezet, vrij, beschikbaar, voorlopig, privé-afspraak, geen titel
    upptagen, ledig, preliminär, optaget, optatt, opptatt, varattu, vapaa, zajęty, wolny, zaneprázdněný, volno
    занят, свободен, 予定あり, 仮の予定, 空き時間, 非公開の予定, 忙, 忙碌, 空闲, 바쁨, 약속 있음
""")

# Somebody is not there.
AWAY = _words("""
    away, ooo, oof, out of office, out of the office, out-of-office, absent, absence, vacation, holiday, holidays, public holiday
    bank holiday, annual leave, leave, on leave, parental leave, sick, sick leave, sick day, pto, day off
    days off, off, off work, off duty, time off, unavailability
    abwesend, abwesenheit, nicht im büro, außer haus, urlaub, feiertag, krank, elternzeit
    absent du bureau, absente, congé, congés, vacances, jour férié, maladie
    ausente, fuera de la oficina, vacaciones, festivo, día festivo, baja
    assente, fuori sede, fuori ufficio, ferie, giorno festivo
    fora do escritório, férias, feriado, afwezig, niet aanwezig, vakantie, feestdag, verlof, frånvarande, ej på kontoret, semester, helgdag
    fraværende, ikke til stede, helligdag, poissa, loma, nieobecny, poza biurem, urlop, święto, dovolená, mimo kancelář
    нет на работе, отпуск, праздник, 外出中, 不在, 休暇, 祝日, 外出, 休假, 부재 중, 휴가
""")

# What Outlook writes before the title of a meeting that was cancelled and is still there, and people beside it.
CALLED_OFF = _words("""
    canceled, cancelled, abgesagt, annulé, annulée, cancelado, cancelada, annullato, annullata, geannuleerd, inställt, avlyst, aflyst, peruutettu
    odwołane, zrušeno, отменено, canceled event, cancelled event
""")

# A part in a rota, and at what level it is called where that is said.
PARTS: dict[str, int | None] = {
    "primary": 1, "first": 1, "1st": 1, "first line": 1, "secondary": 2, "second": 2, "2nd": 2, "second line": 2, "backup": 2, "back-up": 2,
    "tertiary": 3, "third": 3, "3rd": 3,
    **dict.fromkeys(_words("""
        duty, on duty, shift, shifts, rota, rotation, roster, schedule, on call schedule, support, standby, stand-by, override, overrides, swap, cover
        covering, handover, hand-over, handoff, hand-off, is, am, the, team, engineer, line, level, tier, call, weekday, weekend
        day, night, begins, ends, week
        bereitschaft, rufbereitschaft, bereitschaftsdienst, dienst, pikett, astreinte, guardia, reperibilità, vakt, jour, dyżur
    """)),
}  # fmt: skip
