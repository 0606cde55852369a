# The image of the Lambda function: builds `bootstrap` with Swift on Amazon Linux and packs it onto AWS's base image of
# the same Amazon Linux, for the architecture it is built on (`--platform linux/arm64` or `linux/amd64`).
#
#   docker build --platform linux/arm64 --provenance=false -t whiplash .
#
# `--build-arg AMAZON_LINUX=2023` switches both images to Amazon Linux 2023. What is built against one's glibc, libcurl
# and OpenSSL does not run on the other, so there is one argument for both.
ARG AMAZON_LINUX=2

FROM swift:6.3-amazonlinux${AMAZON_LINUX} AS build
ARG AMAZON_LINUX

# yum is dnf's other name on Amazon Linux 2023. Most of these are in the Swift image already.
RUN yum -y install binutils libcurl-devel openssl-devel zlib-devel && yum clean all

WORKDIR /source
COPY Package.swift ./
COPY Sources ./Sources
# A package whose test targets lack their folders does not load.
COPY Tests ./Tests

# Leaves out the packages of the local server, of SQLite and of the command line.
ENV WHIPLASH_LAMBDA_ONLY=1

# What was compiled is kept from build to build, apart for each system and architecture.
RUN --mount=type=cache,target=/cache \
    scratch="/cache/al${AMAZON_LINUX}-$(uname -m)" \
    && swift build -c release --product bootstrap --static-swift-stdlib --scratch-path "$scratch" \
    && install -D -m 755 "$scratch/release/bootstrap" /out/bootstrap \
    && strip /out/bootstrap

FROM public.ecr.aws/lambda/provided:al${AMAZON_LINUX}

# Lambda runs the image as a user of its own: everybody may read and run this.
COPY --from=build /out/bootstrap /var/runtime/bootstrap

# Fails the build when the base image lacks a library, or a version of one, that bootstrap needs. This is what ldd does;
# the variables are the loader's own, so that the image need not hold ldd.
RUN libraries="$(LD_TRACE_LOADED_OBJECTS=1 LD_BIND_NOW=1 LD_WARN=1 /var/runtime/bootstrap 2>&1)" \
    && echo "$libraries" \
    && ! echo "$libraries" | grep -E 'not found|undefined symbol'

# The base image's entry point runs /var/runtime/bootstrap and wants one argument, the handler's name, which means
# nothing here.
CMD ["api"]
