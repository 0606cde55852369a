/// `GET /health`: tells that the API answers. Needs no key and touches no store.
enum GetHealth: Operation {
    static func answer(_ call: Call) async throws -> Response {
        Response { $0.member("status", "ok") }
    }
}
