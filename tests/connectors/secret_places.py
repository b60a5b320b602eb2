"""Where a secret may stand in files of settings, what secrets look like, and which part of one comes out in a record."""

from random import Random

from tests.connectors.git_history import History, records

WINDOW = 6  # so many letters in a row are a part of a secret

# Files whose keys say that a secret follows, or may follow. `@` is the secret.
NAMED = {
    ".env": "A=1\nDB_PASSWORD=@\n",
    "quoted.env": "A=1\nDB_PASSWORD='first\n@\nlast'\nB=2\n",
    "unclosed.env": 'A=1\nDB_PASSWORD="first\n@\nB=2\n',
    "bare.env": "A=1\n@\n",
    "spanning.env": "'\nDB_PASSWORD=@\n'\nB=2\n",
    "junk.env": 'CERT="first\nDB_PASSWORD=@\nlast" junk\nB=1\n',
    "a.properties": "db.password=@\n",
    "blank.properties": "db.password @\n",
    "continued.properties": "db.password=first\\\n   @\n",
    "twice-continued.properties": "db.password=first \\\n  @ \\\n  last\n",
    "bare.properties": "a=1\n@\n",
    "below.properties": "api.tokens.@=ci\n",
    "a.ini": "[db]\npassword = @\n",
    "continued.ini": "[db]\npassword =\n  first\n  @\n",
    "bare.ini": "[db]\nuser = x\n@\n",
    "below.ini": "[tokens]\n@ = ci\n",
    "redis.conf": "maxmemory 100mb\nrequirepass @\nuser default on >@ ~*\n",
    "continued.conf": "key first \\\n@ more\n",
    "quoted.conf": 'key "first\n@ more\nlast"\n',
    "heredoc.conf": "key <<END\n@ more\nEND\n",
    "dangling.conf": "key =\n@ more\n",
    "nginx.conf": 'http {\n  server {\n    proxy_set_header X-Token "@";\n    set $a\n      @ ;\n  }\n}\n',
    "haproxy.cfg": "userlist people\n  user ada insecure-password @\n",
    "snmpd.conf": "rocommunity @\ncreateUser ada MD5 @ DES\n",
    "postgresql.conf": "primary_conninfo = 'host=x user=y password=@'\nssl_passphrase_command = 'echo @'\n",
    "a.yaml": 'a: 1\ndb: {password: "@"}\n',
    "block.yaml": "db:\n  password: |\n    first\n    @\n  x: 1\n",
    "folded.yaml": "password: >-\n  first\n  @\nx: 1\n",
    "plain.yaml": "password: first\n  @\nx: 1\n",
    "quoted.yaml": 'password: "first\n  @"\n',
    "anchor.yaml": "password: &p '@'\nusers: {*p : admin}\nnote: *p\n",
    "tagged.yaml": "password: !secret '@'\n",
    "label.yaml": "tokens:\n- name: '@'\n  owner: ci\n",
    "beside.yaml": "users:\n- name: '@'\n  password: x\n",
    "below.yaml": "api_tokens:\n  '@': ci\n",
    "deep.yaml": "secrets:\n  of:\n    '@': {a: 1}\n",
    "key.yaml": "? |\n  first\n  @\n: x\n",
    "template.yaml": '{{- if .x }}\npassword: {{ "@" }}\n{{- end }}\n',
    "broken.yaml": "password: '@\nx: 1\n",
    "merged.yaml": "password: x\n<<<<<<< HEAD\n@: 1\n",
    "secret-object.yaml": "kind: Secret\nmetadata: {name: x}\nstringData: {user: '@'}\n",
    "secrets/items.yaml": "- name: '@'\n  x: 1\n",
    "kustomization.yaml": "secretGenerator:\n- name: x\n  literals: [password=@, '@']\n",
    "appsettings.json": '{"ConnectionStrings": {"Db": "user=x&password=@"}}',
    "flags.yaml": "args: [serve, --password, '@', --port, '1']\n",
    "a.json": '{"password": "@", "n": 1}',
    "below.json": '{"api_tokens": {"@": "ci"}}',
    "label.json": '{"tokens": [{"id": "@", "x": 1}]}',
    "comment.json": '{"a": 1} // @',
    "a.toml": "password = '@'\n",
    "below.toml": "[api_tokens]\n\"@\" = 'ci'\n",
    "quoted.toml": "password = '''\nfirst\n@\n'''\n",
    "broken.toml": "password = @\n",
    "a.tfvars": 'password = "@"\n',
    "main.tf": 'variable "x" {\n  default = <<EOT\n@\nEOT\n}\n',
    "a.xml": "<config>\n<password>@</password>\n</config>\n",
    "crontab": "PASSWORD=@\n0 1 * * * backup --password @\n",
    "Dockerfile": "FROM x\nENV PASSWORD=@\n",
    "a.service": "[Service]\nEnvironment=PASSWORD=@\n",
    "password.txt": "@",
    "anchored.yaml": "note: &p '@'\npassword: *p\n",
    "anchored-flow.yaml": "a: {note: &p '@', b: 1}\npassword: *p\n",
    "repeated.json": '{"note": "@", "m": {"@": 1}, "items": [{"id": "@", "x": 1}], "db": {"password": "@"}}',
    "repeated.properties": "note=a, @\ndb.password=@\n",
    "anchored-block.yaml": "note: &p |\n  @\npassword: *p\nsame: '@'\n",
    "tagged-twice.yaml": "password: !secret '@'\nnote: '@'\n",
    "quoted-line.ini": '[db]\npassword = "\\w@"\nnote = \\w@\n',
    "quoted-note.ini": '[db]\npassword = "@" ; "was x"\n',
    "pair.yaml": "note: '@'\nenv:\n- {name: DB_PASSWORD, value: '@'}\n",
    "after-flag.yaml": "note: '@'\nargs: [--token, '@']\n",
    "keys.properties": "keys.@=ci\n",
    "keys.env": "tokens.@=ci\n",
    "label.ini": "[auth @]\nuser = x\n[tokens.@]\nowner = y\n",
    "inventory.ini": "[web]\nweb1 ansible_host=10.0.0.1 ansible_ssh_pass=@ x=1\n",
    ".netrc": "machine h login u password @\n",
    ".pgpass": "h:5432:db:u:@\n",
    ".npmrc": "//npm.example/:_authToken=@\n",
    ".htpasswd": "ada:@\n",
    ".dockercfg": '{"reg.example": {"auth": "@"}}',
    "auth.json": '{"auth": "@"}',
    "spoken.json": '{"note": "the secret: @"}',
    "docker.json": '{"auths": {"reg.example": {"auth": "@", "identitytoken": "@"}}}',
    "kubeconfig.yaml": "users:\n- name: ada\n  user: {token: '@', client-key-data: '@'}\n",
    "jvm.options": "-Xmx1g\n-Djavax.net.ssl.keyStorePassword=@\n",
    "jvm.env": "JAVA_OPTS='-Xmx1g -Ddb.pass=@'\n",
    "connection.json": '{"Db": "Server=db;User=x;Password=@;"}',
    "storage.ini": "[blobs]\nat = EndpointSuffix=x;AccountKey=@;\n",
    "pem.yaml": "tls:\n  pem: |\n    -----BEGIN PRIVATE KEY-----\n    @\n    -----END PRIVATE KEY-----\n",
    "pem.json": '{"pem": "-----BEGIN PRIVATE KEY-----\\n@\\n-----END PRIVATE KEY-----"}',
    "pem.toml": "pem = '''\n-----BEGIN PRIVATE KEY-----\n@\n'''\n",
    "data.yaml": "kind: Secret\nmetadata: {name: x, note: '@'}\ndata: {user: '@'}\n",
    "sops.yaml": "user: ENC[AES256_GCM,data:@,iv:x]\n",
    "values.yaml": "postgresql: {auth: {postgresPassword: '@'}}\n",
    "users.csv": "name,password\nada,@\n",
    "settings.php": "<?php\n$settings = ['password' => '@'];\n",
    "settings.py": "PASSWORD = '@'\n",
    "compose.yaml": "services: {db: {environment: ['DB_PASSWORD=@', 'SMTP_PASS=@'], command: 'run --token @'}}\n",
    ".github/workflows/ci.yml": "jobs: {a: {env: {DEPLOY_TOKEN: '@'}, steps: [{run: 'deploy --token @'}]}}\n",
    "user-data.yaml": "chpasswd: {list: 'root:@'}\nusers:\n- {name: ada, plain_text_passwd: '@'}\n",
    "maps.conf": "map $http_x_key $who {\n  @ ada;\n}\n",
    "prometheus.yml": "scrape_configs:\n- job_name: a\n  basic_auth: {username: x, password: '@'}\n",
}
# Files in which nothing but its form gives a secret away. A name that people gave may be shown, so what is plain may stand in these for all.
UNNAMED = {
    "plain.env": "NOTE=@\n",
    "plain.properties": "note=@\n@=1\n",
    "plain.ini": "[@]\nnote = @\n@ = 1\n",
    "plain.conf": "note @\n",
    "plain.yml": "note: '@'\nlist: ['@', b]\nitems:\n- name: '@'\n  x: 1\n'@': 1\n",
    "plain.json": '{"note": "@", "list": ["@"], "items": [{"id": "@"}], "@": 1}',
    "plain.toml": "note = '@'\n\"@\" = 1\n",
    "note.txt": "@",
    "command": "run --verbose @",
}
VALUES = {name: text for name, text in UNNAMED.items() if "'@':" not in text and "@ =" not in text and "@=" not in text and '"@"' not in text}


def parts(secret: str) -> set[str]:
    """Every part of a secret that must not be seen."""
    return {secret[at : at + WINDOW] for at in range(len(secret) - WINDOW + 1)}


def shown_apart(folder, places):
    """The same of files each of which has secrets of its own, so that none is known from another file of the commit."""
    history, hidden = History(folder), {path: set() for path in places}
    for number in range(2):
        for path, place in places.items():
            secret = "".join(Random(f"{number} {path}").choices("ghjkmnpqrstvwxyzGHJKMNPQRSTVWXYZ", k=14))
            hidden[path] |= parts(secret)
            history.write(path, place.replace("@", secret))
        history.commit("Change")
    settings = [record for record in records(folder, config=["**"], allow=["*"]) if type(record).__name__ != "Commit"]
    told = [(record, hidden[record.target.partition("#")[0]]) for record in settings]
    return {record.target: record for record, own in told if any(part in repr(record) for part in own)}


def shown(folder, places, secrets, allow=(), form="{}"):
    """File -> records in which a part of a secret stands, after commits that put it there, replace it by another and take it away."""
    history = History(folder)
    for text in ("nothing", *secrets, "nothing"):
        written = form.format(text)
        for path, place in places.items():
            history.write(path, place.replace("@", written))
        history.commit(f"Use {written}" if form != "{}" else "Change")
    found = records(folder, config=["**"], allow=allow)
    hidden = set().union(*map(parts, secrets))
    settings = [record for record in found if type(record).__name__ != "Commit"]
    told = {record.target.partition("#")[0] for record in settings}
    assert told == set(places)  # each of them says that it changed
    return {record.target: record for record in settings if any(part in repr(record) for part in hidden)}
