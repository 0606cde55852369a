/// `GET …/search`: the same as `SearchItems`, with the same body; the ancestor's way.
enum SearchItemsByGet: Operation {
    static func answer(_ call: Call) async throws -> Response { try await SearchItems.answer(call) }
}
