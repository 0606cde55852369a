import Foundation
import HTTPClient
import Storage
import Synchronization
import Testing
import Whiplash

@testable import StorageDynamoDB

/// What requests consume is asked for, and told to meters.
@Suite struct CapacityTests {
    private let table = TableName("table")
    private let key = RowKey(partition: "p", sort: "s")

    private var puts: [Write] { [.put(Row(key: key, attributes: ["a": .text("x")]), in: table)] }

    @Test("The units that answers tell are added up, of one table or of several")
    func addsUp() async throws {
        let transport = ScriptedTransport(
            ScriptedTransport.answer(
                #"{"Items":[],"ConsumedCapacity":{"TableName":"table","CapacityUnits":2.5}}"#),
            ScriptedTransport.answer(
                #"{"Responses":{},"ConsumedCapacity":[{"TableName":"a","CapacityUnits":3},{"CapacityUnits":1}]}"#
            ),
            ScriptedTransport.answer(
                #"{"ConsumedCapacity":[{"CapacityUnits":4}],"UnprocessedItems":{}}"#),
            ScriptedTransport.answer(#"{"ConsumedCapacity":{"CapacityUnits":7.0}}"#),
            ScriptedTransport.answer(#"{"Items":[]}"#))
        let meter = StoreMeter()
        let store = MeasuredStore(try DynamoDBStore(transport), [meter])
        #expect(meter.usage.units == StoreUsage.Units())
        let query = RangeQuery(table, partition: "p", consistency: .strong)
        _ = try await store.query(query)
        _ = try await store.rows(at: [RowAddress(table, key)], .strong)
        try await store.write(puts)
        try await store.write(puts[0], if: .absent)
        _ = try await store.query(query)
        var units = StoreUsage.Units()
        (units.requests, units.read, units.write) = (5, 6.5, 11)
        // The last answer tells nothing, and is of no row: that is a unit.
        units.read += 1
        #expect(meter.usage.units == units)
        for index in 0..<5 {
            #expect(try transport.body(index)["ReturnConsumedCapacity"] as? String == "TOTAL")
        }
    }

    @Test("What is left of a batch and sent again is counted with it")
    func countsWhatIsSentAgain() async throws {
        let left =
            #"{"UnprocessedItems":{"table":[{"DeleteRequest":{"Key":{"p":{"S":"p"},"s":{"S":"s"}}}}]},"ConsumedCapacity":[{"CapacityUnits":24}]}"#
        let transport = ScriptedTransport(
            ScriptedTransport.answer(left),
            ScriptedTransport.answer(#"{"UnprocessedItems":{},"ConsumedCapacity":[{"CapacityUnits":1}]}"#))
        let meter = StoreMeter()
        try await MeasuredStore(try DynamoDBStore(transport), [meter]).write(puts)
        #expect(meter.usage.units?.write == 25)
        #expect(meter.usage.units?.requests == 2)
    }

    @Test("Of a server that does not tell, units are reckoned from sizes")
    func reckons() async throws {
        func item(_ sort: String, _ length: Int) -> String {
            #"{"p":{"S":"p"},"s":{"S":"\#(sort)"},"a":{"S":"\#(String(repeating: "x", count: length))"}}"#
        }
        let left = #"{"table":{"ConsistentRead":false,"Keys":[{"p":{"S":"p"},"s":{"S":"1"}}]}}"#
        let transport = ScriptedTransport(
            ScriptedTransport.answer(#"{"Items":[\#(item("1", 4_000)),\#(item("2", 4_000))]}"#),
            ScriptedTransport.answer(
                #"{"Responses":{"table":[\#(item("0", 9_000))]},"UnprocessedKeys":\#(left)}"#),
            ScriptedTransport.answer(#"{"Responses":{"table":[\#(item("1", 1))]},"UnprocessedKeys":{}}"#),
            ScriptedTransport.answer("{}"))
        let meter = StoreMeter()
        let store = MeasuredStore(try DynamoDBStore(transport), [meter])
        _ = try await store.query(RangeQuery(table, partition: "p", consistency: .strong))
        #expect(meter.usage.units?.read == 2)
        let keys = (0..<3).map { RowAddress(table, RowKey(partition: "p", sort: "\($0)")) }
        _ = try await store.rows(at: keys, .eventual)
        // Three times 4 KB, one short row and one that is not there, at half the price.
        #expect(meter.usage.units?.read == 2 + 1.5 + 0.5 + 0.5)
        let long = Row(key: key, attributes: ["a": .text(String(repeating: "x", count: 1_500))])
        try await store.write([.put(long, in: table), .delete(RowKey(partition: "p", sort: "t"), in: table)])
        try await store.write(.put(long, in: table), if: .absent)
        #expect(meter.usage.units?.write == 5)
    }

    @Test("A conditional write that fails is billed, of which DynamoDB tells nothing: a unit at least")
    func countsFailedConditions() async throws {
        let transport = ScriptedTransport(ScriptedTransport.exception("ConditionalCheckFailedException"))
        let meter = StoreMeter()
        let store = MeasuredStore(try DynamoDBStore(transport), [meter])
        await #expect(throws: StoreError.self) { try await store.write(puts[0], if: .absent) }
        try await store.write([.deleteMatching(key, in: table, attribute: "w", equals: .integer(1))])
        #expect(meter.usage.units?.write == 2)
    }

    @Test("An answer that cannot be read does not make a failure of a write that is done")
    func writesAreDoneWhateverTheAnswer() async throws {
        let transport = ScriptedTransport(ScriptedTransport.answer("[]"))
        let meter = StoreMeter()
        try await MeasuredStore(try DynamoDBStore(transport), [meter]).write(puts[0], if: .absent)
        #expect(meter.usage.units?.requests == 1)
    }
}

/// The meter of a search and of a collection has what the server says that it has billed, read off the wire by a reader that is not ours.
@Suite(Emulator.isThere) struct EmulatedCapacityTests {
    @Test(arguments: [false, true])
    func unitsAreTheServers(grouping: Bool) async throws {
        let wire = BillingTransport(try Emulator.transport.get())
        var options = DynamoDBStore.Options()
        options.acceptsGzip = false
        let store = try DynamoDBStore(
            settings: Emulator.settings(try await Emulator.userCredentials()), transport: wire,
            options: options)
        var settings = DatabaseSettings()
        settings.metadataTable = "explain_\(UInt32.random(in: 0 ... .max))"
        let database = Database(
            store: store, settings: settings, now: { Int64(Date().timeIntervalSince1970 * 1000) })
        var new = NewCollection(name: "c", featureCount: 32)
        (new.grouping, new.textIndex) = (grouping, !grouping)
        let project = "p\(UInt32.random(in: 0 ... .max))"
        let collection = try await database.createCollection(new, in: project)
        let before = wire.taken()
        #expect(before.requests > 0)
        try await collection.insert(
            (0..<300).map { number in
                Item(
                    id: "\(number)",
                    vector: (0..<32).map { Float(sin(Double(number * 32 + $0))) }, text: "word \(number)",
                    group: grouping ? "g" : nil)
            })
        let inserted = wire.taken()
        #expect(inserted.writeUnits >= 600)
        #expect(try await collection.statistics().totals.usage.units?.write == inserted.writeUnits)
        _ = wire.taken()

        var request = SearchRequest(query: (0..<32).map { Float(cos(Double($0))) })
        (request.explain, request.group) = (true, grouping ? "g" : nil)
        for eventual in [false, false, true] {
            for text in [nil, "word 7"] {
                (request.eventual, request.text) = (eventual, text)
                let told = try #require(try await collection.answer(request).explanation)
                let billed = wire.taken()
                #expect(told.usage.units?.read == billed.readUnits)
                #expect(told.usage.units?.write == billed.writeUnits)
                #expect(told.usage.units?.requests == billed.requests)
                #expect(billed.readUnits > 0)
                let cost = try #require(told.cost)
                #expect(
                    abs(cost.dollars - (0.125 * billed.readUnits + 0.625 * billed.writeUnits) / 1e6) < 1e-15)
                #expect(cost.priceDate == "2026-09-06")
            }
        }
        try await database.deleteProject(project)
        try await store.deleteTable(TableName(settings.metadataTable))
    }
}

/// Adds up what the answers that it carries say was consumed.
private final class BillingTransport: HTTPTransport {
    struct Bill {
        var requests = 0
        var readUnits = 0.0
        var writeUnits = 0.0
    }

    private let inner: any HTTPTransport
    private let bill = Mutex(Bill())

    init(_ inner: any HTTPTransport) { self.inner = inner }

    func taken() -> Bill {
        bill.withLock { bill in
            defer { bill = Bill() }
            return bill
        }
    }

    /// What a BatchGetItem is billed whose answer does not tell: its rows here are all shorter than 4 KB.
    private func addByRules(_ body: Any?) {
        let tables = (body as? [String: Any])?["RequestItems"] as? [String: [String: Any]] ?? [:]
        let units = tables.values.map { table in
            Double((table["Keys"] as? [Any])?.count ?? 0)
                * (table["ConsistentRead"] as? Bool == true ? 1 : 0.5)
        }
        bill.withLock { bill in
            bill.requests += 1
            bill.readUnits += units.reduce(0, +)
        }
    }

    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        let response = try await inner.send(request)
        let target = request.headers.first { $0.name == "X-Amz-Target" }?.value ?? ""
        let json = try? JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]
        guard let consumed = json?["ConsumedCapacity"] else {
            if target.hasSuffix("BatchGetItem") {
                addByRules(try? JSONSerialization.jsonObject(with: Data(request.body)))
            }
            return response
        }
        let parts = consumed as? [[String: Any]] ?? (consumed as? [String: Any]).map { [$0] } ?? []
        let units = parts.reduce(0) { $0 + (($1["CapacityUnits"] as? NSNumber)?.doubleValue ?? 0) }
        bill.withLock { bill in
            bill.requests += 1
            if ["Query", "Scan", "BatchGetItem"].contains(where: target.hasSuffix) {
                bill.readUnits += units
            } else {
                bill.writeUnits += units
            }
        }
        return response
    }
}
