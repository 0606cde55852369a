import Storage
import Synchronization
import Testing
import Whiplash

@testable import WhiplashClient

@Suite struct IngestTests {
    @Test("All items are stored, and progress tells of more each time up to all of them")
    func storesAll() async throws {
        let (transport, collection) = try await collection()
        var ingest = Ingest(into: collection)
        ingest.batchSize = 30
        var source = items(0..<1_000)[...]
        var told: [Int] = []
        transport.gather(4)
        let count = try await ingest.run(progress: { told.append($0) }) { source.popFirst() }
        #expect(count == 1_000)
        #expect(told.last == 1_000)
        #expect(told == told.sorted() && Set(told).count == told.count)
        #expect(transport.mostUnderWay == 4)
        #expect(try await collection.items(ids: (0..<1_000).map { "item \($0)" }) == items(0..<1_000))
    }

    @Test("Of an id that comes again and again the last item stays", arguments: [1, 7, 1_000])
    func lastStays(batchSize: Int) async throws {
        let (_, collection) = try await collection()
        var ingest = Ingest(into: collection)
        ingest.batchSize = batchSize
        var source = (0..<500).map { Item(id: "item \($0 % 10)", vector: vector($0)) }[...]
        #expect(try await ingest.run { source.popFirst() } == 500)
        let found = try await collection.items(ids: (0..<10).map { "item \($0)" })
        #expect(found.compactMap(\.self).map(\.vector) == (490..<500).map { vector($0) })
    }

    @Test("A failure tells what is stored for sure, and going on from there completes it")
    func resumes() async throws {
        let (transport, collection) = try await collection()
        var ingest = Ingest(into: collection)
        (ingest.batchSize, ingest.width) = (10, 3)
        transport.fail { number, _ in number >= 20 ? .status(403) : nil }
        var source = items(0..<1_000)[...]
        do {
            _ = try await ingest.run { source.popFirst() }
            Issue.record("what was refused passed for stored")
        } catch {
            #expect((180...200).contains(error.storedCount))
            #expect(error.item == nil)
            let stored = try await transport.database.collection("c", in: "p").items(
                ids: (0..<error.storedCount).map { "item \($0)" })
            #expect(stored.allSatisfy { $0 != nil })
            transport.fail { _, _ in nil }
            var rest = items(0..<1_000).dropFirst(error.storedCount)
            #expect(try await ingest.run { rest.popFirst() } == 1_000 - error.storedCount)
        }
        let found = try await collection.items(ids: (0..<1_000).map { "item \($0)" })
        #expect(found.allSatisfy { $0 != nil })
    }

    @Test("The item at fault is told by its place in the source, also where ids are doubled")
    func itemAtFault() async throws {
        let (_, collection) = try await collection()
        var ingest = Ingest(into: collection)
        ingest.batchSize = 100
        var many = items(0..<350)
        many[201].id = "item 200"
        many[234].vector = [1]
        var source = many[...]
        do {
            _ = try await ingest.run { source.popFirst() }
            Issue.record("a vector of another dimension was stored")
        } catch {
            #expect(error.item == 234)
            #expect("\(error.cause)" == "'vector': expected 3 numbers, received 1")
        }
    }

    @Test("What the source throws ends it, and what was read before is stored")
    func sourceThrows() async throws {
        struct Broken: Error {}
        let (_, collection) = try await collection()
        var ingest = Ingest(into: collection)
        ingest.batchSize = 10
        var source = items(0..<100)[...]
        do {
            _ = try await ingest.run {
                if source.count == 45 { throw Broken() }
                return source.popFirst()
            }
            Issue.record("no error")
        } catch {
            #expect(error.cause is Broken)
            #expect(error.storedCount == 50)
        }
    }

    @Test("Large items go in smaller batches")
    func splitsByBytes() async throws {
        let (transport, collection) = try await collection()
        var ingest = Ingest(into: collection)
        ingest.batchBytes = 10_000
        var source = items(0..<50).map { item in
            Item(id: item.id, vector: item.vector, text: String(repeating: "t", count: 3_000))
        }[...]
        transport.fail { _, _ in nil }
        #expect(try await ingest.run { source.popFirst() } == 50)
        #expect(transport.requests.count == 17)
    }

    private func collection() async throws -> (APITransport, RemoteCollection) {
        let transport = APITransport()
        let collection = try await transport.remote().createCollection(
            NewCollection(name: "c", featureCount: 3), in: "p")
        return (transport, collection)
    }
}
