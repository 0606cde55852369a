import API
import Testing
import VectorIndex

/// Requests that are nearly right, at random: whatever is wrong with them is the client's fault and said so.
@Suite struct RandomRequestTests {
    static let bodies = [
        #"{"name":"p","project_name":"p"}"#,
        #"{"name":"d","n_features":3,"n_planes":6,"bit_start":8,"bit_scale_factor":2,"metric":"dot"}"#,
        #"{"id":"a","vector":[0.25,-1e-3,3],"metadata":{"k":[1,{"l":"m"}]},"text":"\u00e9"}"#,
        #"{"vectors":[{"id":"a","vector":[1,2,3]},{"id":"b","vector":"AACAPwAAgD8AAIA/"}]}"#,
        #"{"vector":[1,2,3],"metadata":{"k":null},"text":null}"#,
        #"{"ids":["a","b"],"include_vector":false}"#,
        #"{"ids":["a","b"]}"#,
        #"{"query":[1,2,3],"limit":3,"min_score":-1,"max_distance":2e0,"exact":true,"consistency":"eventual"}"#,
        #"{"query":[1,2,3],"target_recall":0.9}"#,
    ]

    @Test(arguments: [1, 2, UInt64.random(in: 0 ... .max)]) func nothingBreaksTheServer(seed: UInt64)
        async throws
    {
        var generator = SeededGenerator(seed: seed)
        let service = Service()
        var statuses = Set<Int>()
        for _ in 0..<3000 {
            // One of the requests before may have removed it; mostly it is there, which is a 409.
            let made = await service.send("POST", "/projects/p/collections", #"{"name":"c","n_features":3}"#)
            statuses.insert(made.status)
            let route = Router.routes[Int.random(in: 0..<Router.routes.count, using: &generator)]
            let path = mutated(Self.path(of: route), among: "/%2F.+é-c", times: 0...1, &generator)
            let body = mutated(
                Self.bodies[Int.random(in: 0..<Self.bodies.count, using: &generator)],
                among: "{}[]\",:0123456789-+.eEtfn\\u/ \u{0}\u{80}NaN", times: 0...3, &generator)
            let answer = await service.send(
                route.method, String(decoding: path, as: UTF8.self), bytes: body, query: [("limit", "2")])
            #expect(answer.status < 500, "\(route.operationId) \(String(decoding: body, as: UTF8.self))")
            if answer.status >= 400 { #expect(answer.code != nil && !answer.message.isEmpty) }
            statuses.insert(answer.status)
        }
        #expect(statuses.isSuperset(of: [200, 400, 404, 405, 409]))
    }

    private static func path(of route: Route) -> String {
        route.template.replacing("{projectId}", with: "p").replacing("{collectionId}", with: "c")
            .replacing("{itemId}", with: "a")
    }

    /// The text with bytes put in, taken out or changed.
    private func mutated(
        _ text: String, among alphabet: String, times: ClosedRange<Int>, _ generator: inout SeededGenerator
    ) -> [UInt8] {
        let alphabet = Array(alphabet.utf8)
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: times, using: &generator) {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: bytes.insert(byte, at: index)
            case 1: bytes[index] = byte
            default: if bytes.count > 1 { bytes.remove(at: index) }
            }
        }
        return bytes
    }
}
