"""The Dockerfile builds and packs for one system, from files that are there, and refuses what cannot run."""

import os
import re
import shutil
import subprocess

import pytest

from project import built
from dockerfile import copied, instructions, is_ignored, stages


@pytest.fixture
def dockerfile(root):
    return root / "Dockerfile"


def test_one_argument_switches_both_images(dockerfile):
    amazon_linux_2 = ["swift:6.3-amazonlinux2", "public.ecr.aws/lambda/provided:al2"]
    assert stages(dockerfile) == stages(dockerfile, AMAZON_LINUX="2") == amazon_linux_2
    assert stages(dockerfile, AMAZON_LINUX="2023") == [
        "swift:6.3-amazonlinux2023", "public.ecr.aws/lambda/provided:al2023"]


def test_images_are_of_no_fixed_architecture(dockerfile):
    assert not re.search(r"--platform|-arm64|-x86_64|:arm64|:amd64", " ".join(
        argument for name, argument in instructions(dockerfile) if name == "FROM"))


def test_every_copied_file_is_there_and_in_the_context(dockerfile, root):
    sources = copied(dockerfile)
    assert sources
    for source in sources:
        assert (root / source).exists(), source
        assert not is_ignored(source, root / ".dockerignore"), source


def test_the_context_lacks_secrets_and_builds(root):
    for path in (".env", ".git/config", ".build/release/bootstrap", "whiplash.sqlite", "Tests/EndToEnd/x.py"):
        assert is_ignored(path, root / ".dockerignore"), path


def test_the_package_loads_from_what_is_copied(dockerfile, root, dumped_package):
    """SwiftPM loads no package of which a target's folder is missing, not even to build another target."""
    sources = copied(dockerfile)
    for target in dumped_package["targets"]:
        folder = "Tests" if target["type"] == "test" else "Sources"
        path = target.get("path") or f"{folder}/{target['name']}"
        assert path.split("/")[0] in sources and not is_ignored(path, root / ".dockerignore"), path
        assert (root / path).is_dir(), path


def test_the_image_builds_bootstrap_alone(dockerfile, dumped_package):
    text = " ".join(argument for _, argument in instructions(dockerfile))
    assert "WHIPLASH_LAMBDA_ONLY=1" in text
    assert re.search(r"swift build -c release --product bootstrap --static-swift-stdlib", text)
    assert "bootstrap" in [product["name"] for product in dumped_package["products"]]


def test_the_libraries_headers_are_installed(dockerfile, root):
    text = " ".join(argument for _, argument in instructions(dockerfile))
    packages = {"curl": "libcurl-devel", "crypto": "openssl-devel", "z": "zlib-devel"}
    for module in (root / "Sources").glob("C*/module.modulemap"):
        for library in re.findall(r'link "(\w+)"', module.read_text()):
            assert packages[library] in text, library


def test_lambda_finds_bootstrap(dockerfile):
    found = instructions(dockerfile)
    assert ("COPY", "--from=build /out/bootstrap /var/runtime/bootstrap") in found
    assert any("install -D -m 755" in argument for name, argument in found if name == "RUN")
    # The base image's entry point takes exactly one argument.
    assert ("CMD", '["api"]') in found and not any(name == "ENTRYPOINT" for name, _ in found)


# MARK: - The check that fails the build


def check(dockerfile, executable) -> subprocess.CompletedProcess:
    """Runs the Dockerfile's last RUN on another executable."""
    command = [argument for name, argument in instructions(dockerfile) if name == "RUN"][-1]
    assert command.count("/var/runtime/bootstrap") == 1
    return subprocess.run(
        ["bash", "-c", command.replace("/var/runtime/bootstrap", str(executable))], capture_output=True, text=True)


def test_the_check_passes_what_can_run(dockerfile):
    done = check(dockerfile, built("bootstrap") or shutil.which("bash"))
    assert done.returncode == 0, done.stdout
    assert "libc.so.6" in done.stdout


@pytest.fixture
def program(tmp_path):
    """A program that calls a function of a library beside it."""
    compiler = shutil.which("cc") or shutil.which("clang")
    assert compiler, "no C compiler; Swift brings one"
    (tmp_path / "part.c").write_text("int part(void) { return 1; }")
    (tmp_path / "main.c").write_text("int part(void); int main(void) { return part(); }")
    library, executable = tmp_path / "libpart.so", tmp_path / "main"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, tmp_path / "part.c"], check=True)
    subprocess.run(
        [compiler, "-o", executable, tmp_path / "main.c", library, f"-Wl,-rpath,{tmp_path}"], check=True)
    return executable


def test_the_check_passes_a_program_with_its_library(dockerfile, program):
    assert check(dockerfile, program).returncode == 0


def test_the_check_refuses_a_missing_library(dockerfile, program):
    os.remove(program.with_name("libpart.so"))
    assert check(dockerfile, program).returncode != 0


def test_the_check_refuses_a_missing_symbol(dockerfile, program):
    compiler = shutil.which("cc") or shutil.which("clang")
    program.with_name("part.c").write_text("int other(void) { return 1; }")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", program.with_name("libpart.so"), program.with_name("part.c")], check=True)
    assert check(dockerfile, program).returncode != 0
