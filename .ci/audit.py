"""Known weaknesses of what requirements.lock installs. A finding fails; where nobody answers, that is said and nothing is claimed."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ["--requirement", str(ROOT / "requirements.lock"), "--require-hashes", "--disable-pip"]
COMMAND = [str(Path(sys.executable).parent / "pip-audit"), *LOCK, "--format", "json", "--progress-spinner", "off"]
SECONDS = 240
UNHEARD = ("requests.exceptions.", "pip_audit._service.interface.ServiceError", "ERROR:pip_audit._cli:Tip: your network may be blocking")


def main() -> int:
    """Exit status 1 for a finding, or where pip-audit itself went wrong. Options of pip-audit may follow, such as another service."""
    try:
        ran = subprocess.run([*COMMAND, *sys.argv[1:]], capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return unheard(f"no answer within {SECONDS} s")
    if not ran.stdout:
        last = ran.stderr.strip().rpartition("\n")[2]
        return unheard(last) if last.startswith(UNHEARD) else failed(ran.stderr)
    packages = json.loads(ran.stdout)["dependencies"]
    heard = [package for package in packages if "vulns" in package]  # what the service does not know pip-audit skips, and calls that well
    for package in heard:
        for weakness in package["vulns"]:
            print(f"{package['name']} {package['version']}: {weakness['id']}, mended in {', '.join(weakness['fix_versions']) or 'no version yet'}")
    weak = sum(bool(package["vulns"]) for package in heard)
    print(f"audit: {len(packages)} packages, {len(heard)} known to the service, {weak} with a known weakness")
    return 1 if weak else 0 if heard else unheard("the service knows none of the packages")


def unheard(why: str) -> int:
    """No verdict: what is said instead."""
    print(f"audit: NOT DONE, {why}")
    return 0


def failed(said: str) -> int:
    """Neither a finding nor silence: pip-audit or the lock is at fault."""
    print(said)
    return 1


if __name__ == "__main__":
    sys.exit(main())
