import API
import Testing

@Suite struct RequestTargetTests {
    @Test(
        "A target is cut into its path, as sent, and its query, decoded",
        arguments: [
            ("/projects", "/projects", []), ("/projects?", "/projects", []),
            ("/a%20b?limit=5&prefix=x", "/a%20b", [["limit", "5"], ["prefix", "x"]]),
            ("/p?a%3D=%C3%A4&b", "/p", [["a=", "ä"], ["b", ""]]),
            ("/p?a=b=c&&a=d", "/p", [["a", "b=c"], ["a", "d"]]),
            // A plus sign is one, and what is wrongly encoded is taken as it is.
            ("/p?a=1+1&b=1%zz&c=%ff&d=%", "/p", [["a", "1+1"], ["b", "1%zz"], ["c", "%ff"], ["d", "%"]]),
            ("/p?q=a?b", "/p", [["q", "a?b"]]), ("*", "*", []), ("", "", []),
        ] as [(String, String, [[String]])])
    func targets(target: String, path: String, query: [[String]]) {
        let request = Request(method: "GET", target: target[...], body: [], credential: .presented(nil))
        #expect(request.path == path)
        #expect(request.query.map { [$0.name, $0.value] } == query)
    }
}
