"""What bootstrap links is in both of AWS's base images."""

import json
import re
import subprocess

import pytest

from project import built
from dockerfile import stages

# Linked into bootstrap by --static-swift-stdlib, as the image builds it; a build without that flag names them.
SWIFT = re.compile(r"lib(swift|_Foundation|Foundation|dispatch|BlocksRuntime)")


@pytest.fixture
def images(root) -> dict[str, list[str]]:
    return json.loads((root / "Tests/Contract/base-image-libraries.json").read_text())["images"]


def stem(soname: str) -> str:
    """A soname without its version: OpenSSL's is 10 on Amazon Linux 2 and 3 on 2023 and on Debian, and each build links
    that of its own system; which one a build here has says nothing about the image's."""
    return soname.split(".so")[0]


def needed(path) -> set[str]:
    """The libraries an executable names in its dynamic section."""
    text = subprocess.run(["readelf", "-dW", path], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"\(NEEDED\).*\[(.+)\]", text))


def test_the_list_has_the_images_of_the_dockerfile(root, images):
    packed = {stages(root / "Dockerfile", AMAZON_LINUX=system)[-1] for system in ("2", "2023")}
    assert packed == set(images)


def test_every_system_library_of_the_package_is_in_both_images(root, images):
    modules = list((root / "Sources").glob("C*/module.modulemap"))
    linked = {"lib" + name for path in modules for name in re.findall(r'link "(\w+)"', path.read_text())}
    assert linked >= {"libcurl", "libcrypto", "libz"}
    for image, libraries in images.items():
        assert linked <= {stem(library) for library in libraries}, image


def test_every_library_of_bootstrap_is_in_both_images(images):
    bootstrap = built("bootstrap")
    if not bootstrap:
        pytest.skip("bootstrap is not built; the package's system libraries are held by the test above")
    libraries = {name for name in needed(bootstrap) if not SWIFT.match(name)}
    assert "libcurl.so.4" in libraries
    for image, held in images.items():
        assert {stem(library) for library in libraries} - {stem(library) for library in held} == set(), image


def test_bootstrap_does_not_link_all_of_foundation():
    """FoundationEssentials suffices: Foundation brings 40 MB of Unicode tables with it."""
    bootstrap = built("bootstrap")
    if not bootstrap:
        pytest.skip("bootstrap is not built")
    libraries = needed(bootstrap)
    assert not [name for name in libraries if re.match(r"lib(Foundation|_FoundationICU|FoundationNetworking)\.so", name)]
    # In a static build nothing is named; the tables show in the size.
    assert bootstrap.stat().st_size < 40_000_000 or "debug" in bootstrap.parts
