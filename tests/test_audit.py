import subprocess
import sys

from demo.vendors.server import Response, serve
from pipeline.components import ROOT, free_port

AFFECTED = {"package": {"name": "requests", "ecosystem": "PyPI"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99"}]}]}
WEAK = {"vulns": [{"id": "MADE-UP-1", "summary": "made up", "affected": [AFFECTED]}]}


def audit(*options):
    return subprocess.run([sys.executable, ROOT / ".ci" / "audit.py", *options], capture_output=True, text=True, timeout=150, check=False)


def asked_at(url):
    return audit("--vulnerability-service", "osv", "--osv-url", url)


def test_a_known_weakness_of_a_locked_package_fails_the_audit():
    def advisories(request):
        return Response(json=WEAK if request.json["package"]["name"] == "requests" else {})

    with serve(advisories) as service:
        ran = asked_at(service.url)

    assert ran.returncode == 1
    assert "MADE-UP-1, mended in 99" in ran.stdout
    assert "1 with a known weakness" in ran.stdout


def test_an_audit_that_nobody_answers_says_so_and_claims_nothing():
    refused = asked_at(f"http://127.0.0.1:{free_port()}")
    with serve(lambda _: Response(503)) as service:
        broken = asked_at(service.url)

    assert refused.returncode == broken.returncode == 0
    assert "audit: NOT DONE" in refused.stdout
    assert "audit: NOT DONE" in broken.stdout
    assert "known weakness" not in refused.stdout + broken.stdout


def test_a_broken_audit_is_no_silence():
    assert audit("--no-such-option").returncode == 1
