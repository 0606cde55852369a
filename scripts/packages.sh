# Installs the system packages that are missing. Sourced by quickstart and test; not run by itself.

# Prints what is told to a person while work goes on.
say() { printf '\033[1m%s\033[0m\n' "$*"; }

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

require_swift() {
    command -v swift >/dev/null || fail "Swift is missing. Install Swift 6.2 or newer: https://www.swift.org/install/linux/"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    case "$version" in
    6.[2-9] | 6.[1-9][0-9] | [7-9].* | [1-9][0-9].*) ;;
    *) fail "Swift ${version:-of an unknown version} is too old. Install Swift 6.2 or newer: https://www.swift.org/install/linux/" ;;
    esac
}

# Installs those of the named Debian packages that are not there.
require_packages() {
    if ! command -v dpkg-query >/dev/null; then
        [ "$(uname)" = Darwin ] && fail_elsewhere "brew install curl openssl@3 zlib sqlite, with PKG_CONFIG_PATH set to their folders"
        fail_elsewhere "the development packages of libcurl, OpenSSL, zlib and SQLite 3 (on Fedora: libcurl-devel openssl-devel zlib-devel sqlite-devel)"
    fi
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    say "Installing ${missing[*]}"
    local sudo=""
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "Become root, or install sudo, and run: apt-get install ${missing[*]}"
        sudo=sudo
    fi
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "${missing[@]}" >/dev/null \
        || fail "apt-get could not install ${missing[*]}"
}

# Where no apt is: goes on if everything is there already, and says what to install if not.
fail_elsewhere() {
    if command -v pkg-config >/dev/null && pkg-config --exists libcurl libcrypto zlib sqlite3; then return; fi
    fail "Install $1, and run this again."
}

BUILD_PACKAGES=(libcurl4-openssl-dev libssl-dev zlib1g-dev libsqlite3-dev)

# How executables are built that are run in earnest. On Linux with the Swift library inside: they start sooner, take some megabytes less, and
# run where Swift is not installed.
RELEASE=(-c release)
if [ "$(uname)" = Linux ]; then RELEASE+=(--static-swift-stdlib); fi
