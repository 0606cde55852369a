"""Writes signatures.json: requests as botocore, AWS's own Python library, signs them.

Run with botocore installed: python3 signatures.py > signatures.json
The first requests are those of AWS's Signature Version 4 test suite, whose signatures AWS has published.
"""

import datetime
import json

import botocore
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SUITE = "https://example.amazonaws.com"
DYNAMODB = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.BatchWriteItem"}
TOKEN = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"

REQUESTS = [
    # name, method, URL, headers, body, token, service, region
    ("get-vanilla", "GET", SUITE + "/", {}, "", None, "service", "us-east-1"),
    ("get-vanilla-query-order-key-case", "GET", SUITE + "/?Param2=value2&Param1=value1", {}, "", None, "service", "us-east-1"),
    ("post-vanilla", "POST", SUITE + "/", {}, "", None, "service", "us-east-1"),
    ("post-x-www-form-urlencoded", "POST", SUITE + "/", {"Content-Type": "application/x-www-form-urlencoded"}, "Param1=value1", None, "service", "us-east-1"),
    ("get-header-value-trim", "GET", SUITE + "/", {"My-Header1": "  value1", "My-Header2": ' "a   b   c"'}, "", None, "service", "us-east-1"),
    ("get-unreserved", "GET", SUITE + "/-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", {}, "", None, "service", "us-east-1"),
    ("get-encoded-path", "GET", SUITE + "/caf%C3%A9/a%2Fb%20c", {}, "", None, "service", "us-east-1"),
    ("get-relative-path", "GET", SUITE + "/a/./b/../c//d/", {}, "", None, "service", "us-east-1"),
    ("get-query", "GET", SUITE + "/x?b=%C3%A9&a&c=1%2B1&B=2&a=0", {}, "", None, "service", "us-east-1"),
    ("dynamodb", "POST", "https://dynamodb.eu-central-1.amazonaws.com/", DYNAMODB, '{"RequestItems":{}}', None, "dynamodb", "eu-central-1"),
    ("dynamodb-token", "POST", "https://dynamodb.us-east-1.amazonaws.com/", DYNAMODB, '{"a":"é"}', TOKEN, "dynamodb", "us-east-1"),
    ("dynamodb-own-port", "POST", "https://dynamodb.us-east-1.amazonaws.com:443/", DYNAMODB, "{}", TOKEN, "dynamodb", "us-east-1"),
    ("dynamodb-emulator", "POST", "http://127.0.0.1:4566/", DYNAMODB, "{}", None, "dynamodb", "us-east-1"),
    ("dynamodb-emulator-host", "POST", "http://localhost/", DYNAMODB, "{}", None, "dynamodb", "us-east-1"),
    ("dynamodb-cn", "POST", "https://dynamodb.cn-north-1.amazonaws.com.cn/", DYNAMODB, "{}", None, "dynamodb", "cn-north-1"),
]
TIMES = ["2015-08-30T12:36:00", "2000-02-29T23:59:59", "2026-01-01T00:00:00"]


def sign(name, method, url, headers, body, token, service, region, time):
    moment = datetime.datetime.fromisoformat(time)
    botocore.auth.get_current_datetime = lambda *_, **__: moment
    request = AWSRequest(method=method, url=url, headers=headers, data=body.encode())
    SigV4Auth(Credentials(KEY, SECRET, token), service, region).add_auth(request)
    return {
        "name": name, "method": method, "url": url, "headers": headers, "body": body, "token": token,
        "service": service, "region": region, "time": time + "Z",
        "authorization": request.headers["Authorization"],
    }


cases = [sign(*request, time) for request in REQUESTS for time in (TIMES if "dynamodb" in request[0] else TIMES[:1])]
document = {"source": f"botocore {botocore.__version__}", "accessKeyID": KEY, "secretAccessKey": SECRET, "cases": cases}
print(json.dumps(document, indent=1, ensure_ascii=False))
