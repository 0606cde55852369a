"""The API as these tests call it."""

from urllib.parse import quote

import requests


def without_versions(answer):
    """An answer without the versions of items, which are others each time."""
    if isinstance(answer, list):
        return [without_versions(part) for part in answer]
    if not isinstance(answer, dict):
        return answer
    return {
        name: without_versions(value) if name in ("items", "matches", "results") else value
        for name, value in answer.items() if name != "version"}


class API:
    """Requests with a key, over connections that are kept; one object for each thread."""

    def __init__(self, url: str, key: str):
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["x-api-key"] = key

    def call(self, method: str, path: str, body=None, **options) -> requests.Response:
        """`body` is sent as JSON; use `data` for bytes."""
        return self.session.request(method, self.url + path, json=body, timeout=120, **options)

    def ok(self, method: str, path: str, body=None, **options):
        """The JSON of an answer that has to be 200, without the versions of items."""
        answer = self.call(method, path, body, **options)
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return without_versions(answer.json())

    def create(self, project: str, name: str, n_features: int, **more) -> "Collection":
        """A new collection."""
        self.ok("POST", f"/projects/{project}/collections", {"name": name, "n_features": n_features, **more})
        return Collection(self, project, name)


class Collection:
    """One collection, through the API."""

    def __init__(self, api: API, project: str, name: str):
        self.api = api
        self.project = project
        self.name = name
        self.path = f"/projects/{project}/collections/{name}"

    def through(self, api: API) -> "Collection":
        """The same collection by another way."""
        return Collection(api, self.project, self.name)

    def item_path(self, item_id: str) -> str:
        return f"{self.path}/items/{quote(item_id, safe='')}"

    def insert(self, items: list[dict]) -> None:
        answer = self.api.ok("POST", f"{self.path}/items/batch", {"vectors": items})
        assert answer == {"message": "success", "count": len(items)}

    def get(self, ids: list[str], size: int = 500) -> dict[str, dict]:
        """The items that are there, by id."""
        found = {}
        for start in range(0, len(ids), size):
            answer = self.api.ok("POST", f"{self.path}/items/batch/get", {"ids": ids[start : start + size]})
            found |= {item["id"]: item for item in answer["items"]}
        return found

    def search(self, query: list[float], limit: int = 5, **more) -> list[dict]:
        return self.api.ok("POST", f"{self.path}/search", {"query": query, "limit": limit, **more})

    def all_ids(self, limit: int = 1000) -> list[str]:
        """Every id, by pages."""
        ids, cursor = [], None
        while True:
            query = {"limit": limit, "include_vector": "false"} | ({"cursor": cursor} if cursor else {})
            page = self.api.ok("GET", f"{self.path}/items", params=query)
            ids += [item["id"] for item in page["items"]]
            cursor = page["cursor"]
            if not cursor:
                return ids
