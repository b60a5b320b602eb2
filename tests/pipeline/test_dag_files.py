import pytest

from pipeline.dag_files import FOLDER, import_errors, troubles
from tests.pipeline.conftest import NOW
from transforms.health import health
from transforms.policy import Policy


def said(path, folder=FOLDER):
    return {one.where: one.what for one in troubles(import_errors(path, folder))}


def test_dag_files_that_airflow_takes_are_no_trouble(place):
    assert said(place.path) == {}


def test_a_dag_file_that_airflow_cannot_import_needs_a_person(place, tmp_path):
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / "works.py").write_text("from airflow.sdk import dag\n\n@dag()\ndef works():\n    pass\n\nworks()\n")
    (folder / "broken.py").write_text("from airflow.sdk import dag\nraise RuntimeError('token=abcdefghijkl')\n")
    (folder / "name.py").write_text("from airflow.sdk import dag\n\n@dag(dag_id='no such name')\ndef odd():\n    pass\n\nodd()\n")
    found = said(place.path, folder)

    assert set(found) == {"DAG file broken.py", "DAG file name.py"}
    assert found["DAG file broken.py"].startswith("Airflow cannot import it, so its DAGs do not run: RuntimeError: ")
    assert "abcdefghijkl" not in str(found)


def test_a_configuration_that_breaks_under_airflow_is_every_dag_files_trouble(place):
    place.path.write_text("nothing = 1\n")
    found = said(place.path)

    assert set(found) == {f"DAG file {name}.py" for name in ("derive", "prompt", "published", "pull", "report")}
    assert all("there is no such key" in what for what in found.values())


@pytest.mark.parametrize("count", [0, 2])
def test_the_health_page_counts_them_with_the_rest(count):
    errors = {f"/dags/{number}.py": "SyntaxError" for number in range(count)}
    found = health({}, {}, {}, Policy(), as_of=NOW).beside(troubles(errors))

    assert len(found.needs_person) == count
