"""The machine in general words, so that figures can be compared with care."""

import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Any


def described() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "gigahertz": gigahertz(),
        "vector_instructions": vector_instructions(),
        "memory_gib": round(memory_bytes() / 2**30),
        "os": os_name(),
        "python": platform.python_version(),
        "swift": swift_version(),
    }


def memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def gigahertz() -> float | None:
    found = re.search(r"cpu MHz\s*:\s*([\d.]+)", read("/proc/cpuinfo"))
    return round(float(found[1]) / 1000, 1) if found else None


def vector_instructions() -> list[str]:
    words = set(read("/proc/cpuinfo").split())
    wanted = ("sse4_2", "avx2", "avx512f", "avx512_vnni", "avx512_vpopcntdq", "asimd", "asimddp", "sve")
    return [name for name in wanted if name in words]


def os_name() -> str:
    found = re.search(r'PRETTY_NAME="(.*)"', read("/etc/os-release"))
    return found[1] if found else f"{platform.system()} {platform.release()}"


def swift_version() -> str | None:
    try:
        said = subprocess.run(["swift", "--version"], check=False, capture_output=True, text=True).stdout
    except OSError:
        return None
    found = re.search(r"Swift version (\S+)", said)
    return found[1] if found else None


def read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""
