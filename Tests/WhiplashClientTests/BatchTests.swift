import API
import JSON
import Storage
import Testing
import Whiplash

@testable import WhiplashClient

@Suite struct BatchTests {
    @Test("Many items go in batches of a thousand, four at a time")
    func splitsByCount() async throws {
        let transport = APITransport()
        let collection = try await transport.remote().createCollection(
            NewCollection(name: "c", featureCount: 3), in: "p")
        transport.fail { _, _ in nil }
        transport.gather(4)
        try await collection.insert(items(0..<5_100))
        #expect(transport.requests.count == 6)
        #expect(transport.mostUnderWay == 4)
        #expect(try await count(collection) == 5_100)
    }

    @Test("No body is larger than a function takes with what Lambda adds, whatever is in it")
    func splitsByBytes() async throws {
        let transport = APITransport()
        let collection = try await transport.remote().createCollection(
            NewCollection(name: "c", featureCount: 16), in: "p")
        // Quotes take two bytes each in Lambda's event.
        let quotes = try RawJSON(parsing: "{\"q\": [\(String(repeating: #""","#, count: 5_000))1]}")
        var many = items(0..<400, 16)
        for index in many.indices { many[index].metadata = quotes }
        transport.fail { _, _ in nil }
        try await collection.insert(many)
        let sizes = transport.requests.map { request in
            request.body.reduce(request.body.count) { $0 + ($1 == 0x22 || $1 == 0x5C ? 1 : 0) }
        }
        #expect(sizes.allSatisfy { $0 < 6_000_000 })
        #expect(sizes.reduce(0, +) > 10_000_000)
        #expect(try await collection.items(ids: many.map(\.id)) == many)
    }

    @Test("An item too large for a batch goes alone, and a body that is refused goes in halves")
    func halves() async throws {
        let transport = APITransport(limits: Limits(bodyBytes: 20_000, answerBytes: 20_000))
        let collection = try await transport.remote().createCollection(
            NewCollection(name: "c", featureCount: 100), in: "p")
        try await collection.insert(items(0..<300, 100))
        #expect(try await count(collection) == 300)
        let ids = (0..<300).map { "item \($0)" }
        #expect(try await collection.items(ids: ids) == items(0..<300, 100))
        let large = Item(id: "large", vector: vector(1, 100), text: String(repeating: "x", count: 30_000))
        guard case .tooLarge = await error({ try await collection.insert([large]) }) else {
            Issue.record("an item that no request can carry was stored")
            return
        }
    }

    @Test("A page that no answer can carry is asked for in smaller ones")
    func smallerPages() async throws {
        let transport = APITransport(limits: Limits(bodyBytes: 1 << 20, answerBytes: 20_000))
        let collection = try await transport.remote().createCollection(
            NewCollection(name: "c", featureCount: 100), in: "p")
        try await collection.insert(items(0..<300, 100))
        var (found, cursor) = ([Item](), String?.none)
        repeat {
            let page = try await collection.list(limit: 1000, cursor: cursor)
            found += page.items
            cursor = page.cursor
        } while cursor != nil
        #expect(Set(found.map(\.id)).count == 300)
        #expect(found.count == 300)
    }

    @Test("The field at fault is told as of the whole call")
    func fieldsOfTheWhole() async throws {
        let collection = try await APITransport().remote().createCollection(
            NewCollection(name: "c", featureCount: 3), in: "p")
        var many = items(0..<2_500)
        many[2_345].vector = [1, 2]
        guard case .invalid(let violation) = await error({ try await collection.insert(many) }) else {
            Issue.record("a vector of another dimension was stored")
            return
        }
        #expect(
            violation == Violation(field: "vectors[2345].vector", expected: "3 numbers", received: "2"))
        var ids = (0..<2_500).map { "\($0)" }
        ids[1_234] = ""
        guard case .invalid(let violation) = await error({ _ = try await collection.delete(ids: ids) }) else {
            Issue.record("an empty id was taken")
            return
        }
        #expect(violation.field == "ids[1234]")
    }

    private func count(_ collection: RemoteCollection) async throws -> Int {
        var (count, cursor) = (0, String?.none)
        repeat {
            let page = try await collection.list(limit: 1000, cursor: cursor)
            count += page.items.count
            cursor = page.cursor
        } while cursor != nil
        return count
    }
}
