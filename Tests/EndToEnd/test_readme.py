"""What the README says to type works as it stands."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from whiplash_server import KEY, ROOT, built, clean_environment

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def section(title: str) -> str:
    """A section of the README with its subsections."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    assert found, f"the README has no section '{title}'"
    return found[1]


def blocks(title: str) -> list[tuple[str, str]]:
    """The language and text of each code block of a section."""
    found = BLOCK.findall(section(title))
    assert found, f"the README shows nothing to type under '{title}'"
    return found


@pytest.fixture
def environment(sqlite_server, tmp_path):
    """What the README tells its reader to export."""
    return clean_environment(
        tmp_path, WHIPLASH_URL=sqlite_server.url, WHIPLASH_API_KEY=KEY, NO_PROXY=os.environ["NO_PROXY"])


def commands(script: str) -> list[str]:
    """The commands of a block: lines joined where they are continued, apart at empty lines."""
    return [part.strip() for part in script.split("\n\n") if part.strip()]


def nearly(answer, shown) -> bool:
    """Equal, numbers to the last digits of a float32."""
    if isinstance(shown, (int, float)) and not isinstance(shown, bool):
        return answer == pytest.approx(shown, rel=1e-6)
    if isinstance(shown, dict):
        return answer.keys() == shown.keys() and all(nearly(answer[key], shown[key]) for key in shown)
    if isinstance(shown, list):
        return len(answer) == len(shown) and all(map(nearly, answer, shown))
    return answer == shown


def test_the_curl_lines_answer_as_shown(environment, tmp_path):
    assert shutil.which("curl"), "curl is needed: apt-get install curl"
    answers = []
    for language, text in blocks("Using the API"):
        if language == "sh":
            for command in commands(text):
                done = subprocess.run(
                    ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
                assert done.returncode == 0, f"{command}\n{done.stderr}"
                if done.stdout:
                    answers.append(json.loads(done.stdout))
                    assert "error" not in answers[-1], f"{command}\n{done.stdout}"
        elif language == "json" and "error" not in json.loads(text):
            assert nearly(answers[-1], json.loads(text))
    assert len(answers) >= 5


def test_the_error_shown_is_the_one_that_comes(small):
    [shown] = [json.loads(text) for language, text in blocks("Using the API") if language == "json" and '"error"' in text]
    answer = small.api.call("POST", f"{small.path}/items", {"id": "a", "vector": [1, 2]})
    assert answer.json() == shown


def test_the_python_lines_run(environment, tmp_path):
    for script in [text for language, text in blocks("Using the API") if language == "python"]:
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert "Error making request" not in done.stderr
        assert "moby-dick" in done.stdout


@pytest.mark.parametrize("place", ["file", "api"])
def test_the_commands_run_and_leave_nothing(place, environment, tmp_path):
    if place == "file":
        environment = clean_environment(tmp_path)
    environment["PATH"] = f"{built('whiplash').parent}:{environment['PATH']}"
    ran = [command for language, text in blocks("The command line") if language == "sh" for command in commands(text)]
    assert len(ran) >= 12
    for command in ran:
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True,
            timeout=60)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    listed = subprocess.run(
        ["whiplash", "project", "list", "--json"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert "shop" not in listed.stdout


def test_every_exit_code_of_the_readme_is_that_of_the_help(tmp_path, environment):
    told = subprocess.run([built("whiplash"), "--help"], env=environment, capture_output=True, text=True, check=True).stdout
    codes = re.findall(r"^  (\d+)  ", told.split("EXIT CODES")[1].split("EXAMPLES")[0], re.MULTILINE)
    shown = re.search(r"Exit codes: (.*?)\.\n", section("The command line"), re.DOTALL)[1]
    assert re.findall(r"(\d+) ", shown) == codes
