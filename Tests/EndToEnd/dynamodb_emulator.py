"""A server that speaks DynamoDB's API and checks signatures: ministack, as a process of its own."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import pytest

START_SECONDS = 60
REGION = "eu-central-1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class DynamoDBEmulator:
    """ministack with signatures checked, and a user whose keys open DynamoDB and nothing else."""

    def __init__(self, folder: Path):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = folder / "ministack.log"
        environment = {
            **os.environ, "GATEWAY_PORT": str(self.port), "BIND_HOST": "127.0.0.1", "AUTH": "true",
            "SERVICES": "dynamodb,iam,sts", "LOG_LEVEL": "WARNING", "TMPDIR": str(folder)}
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ministack"], cwd=folder, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, env=environment)
        self._await_start()
        self.access_key, self.secret_key = self._make_user()

    @property
    def settings(self) -> dict[str, str]:
        """What makes Whiplash use it."""
        return {
            "WHIPLASH_STORE": "dynamodb", "AWS_ENDPOINT_URL_DYNAMODB": self.url, "REGION": REGION,
            "AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}

    def client(self, service: str, access_key: str = "test", secret_key: str = "test"):
        """AWS's own client for it."""
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION, aws_access_key_id=access_key,
            aws_secret_access_key=secret_key)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _await_start(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with direct.open(f"{self.url}/_ministack/health", timeout=5) as answer:
                    assert json.load(answer)["auth"] == "enabled", "the emulator checks no signatures"
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        self.stop()
        pytest.fail(f"ministack did not start\n{self.log_path.read_text(errors='replace')[-2000:]}")

    def _make_user(self) -> tuple[str, str]:
        iam = self.client("iam")
        iam.create_user(UserName="whiplash")
        policy = {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}}
        iam.put_user_policy(UserName="whiplash", PolicyName="tables", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName="whiplash")["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]
