import API
import Testing
import Whiplash

@testable import WhiplashClient

/// Searches that one request or one answer cannot carry.
@Suite struct ManySearchesTests {
    /// Items `item 0` … on a line, each the nearest to its own number.
    private func line(
        _ count: Int, dimension: Int = 2, _ transport: APITransport
    ) async throws -> RemoteCollection {
        var new = NewCollection(name: "c", featureCount: dimension)
        new.metric = .euclidean
        let collection = try await transport.remote().createCollection(new, in: "p")
        try await collection.insert(
            (0..<count).map { Item(id: "\($0)", vector: [Float](repeating: Float($0), count: dimension)) })
        return collection
    }

    private func request(_ number: Int, dimension: Int = 2, limit: Int = 1) -> SearchRequest {
        var request = SearchRequest(query: [Float](repeating: Float(number), count: dimension))
        request.limit = limit
        return request
    }

    @Test("An excluded item makes room for another, also where the limit leaves none for one more")
    func excluded() async throws {
        let collection = try await line(1_500, APITransport())
        for limit in [1, 3, 999, 1000] {
            var request = request(0, limit: limit)
            request.excludedID = "0"
            #expect(try await collection.search(request).map(\.item.id) == (1...limit).map(String.init))
            #expect(
                try await collection.search([request, request]).map { $0.map(\.item.id) }
                    == [(1...limit).map(String.init), (1...limit).map(String.init)])
        }
    }

    @Test("Many searches go by the hundred, and their answers keep the order")
    func hundreds() async throws {
        let transport = APITransport()
        let collection = try await line(250, transport)
        transport.fail { _, _ in nil }
        let found = try await collection.search((0..<250).map { request($0) })
        #expect(found.map { $0.map(\.item.id) } == (0..<250).map { ["\($0)"] })
        #expect(transport.requests.count == 3)
        #expect(try await collection.search([]).isEmpty)
    }

    @Test("Answers that one request cannot carry are asked for in halves")
    func halves() async throws {
        let transport = APITransport(limits: Limits(bodyBytes: 1 << 20, answerBytes: 20_000))
        let collection = try await line(60, dimension: 100, transport)
        let found = try await collection.search((0..<60).map { request($0, dimension: 100) })
        #expect(found.map { $0.map(\.item.id) } == (0..<60).map { ["\($0)"] })
    }

    @Test("The search at fault is told as of the whole call")
    func fieldOfTheWhole() async throws {
        let collection = try await line(3, APITransport())
        var requests = (0..<250).map { request($0) }
        requests[210].query = [1, 2, 3]
        guard case .invalid(let violation) = await error({ _ = try await collection.search(requests) }) else {
            Issue.record("a query of another dimension was taken")
            return
        }
        #expect(violation.field == "searches[210].query")
    }

    @Test("A page of items that no answer can carry is asked for in a smaller one")
    func smallerPages() async throws {
        let transport = APITransport(limits: Limits(bodyBytes: 1 << 20, answerBytes: 20_000))
        let collection = try await line(90, dimension: 100, transport)
        var (ids, cursor) = ([String](), String?.none)
        repeat {
            let page = try await collection.list(where: .and([]), limit: 1000, cursor: cursor, in: nil)
            ids += page.items.map(\.id)
            cursor = page.cursor
        } while cursor != nil
        #expect(ids.sorted() == (0..<90).map(String.init).sorted())
    }
}
