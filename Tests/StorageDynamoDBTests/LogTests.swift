import Foundation
import HTTPClient
import Storage
import Testing

@testable import StorageDynamoDB

/// Logs are ordered by clocks: readers go back by a lag, and no row may come to lie farther back.
@Suite struct LogTests {
    private let table = TableName("table")
    private let time = ManualTime()

    private var writes: [Write] {
        [
            .put(Row(key: RowKey(partition: "p", sort: "s")), in: table),
            .append(["n": .integer(1)], toLog: "log", in: table),
        ]
    }

    @Test("What took too long to store is appended again, at the time it is then, and alone")
    func lateAppend() async throws {
        let time = time
        let transport = ScriptedTransport(
            { _ in
                time.advance(Double(LogTimes.patience) / 1000 + 0.5)
                return HTTPResponse(status: 200, body: Array("{}".utf8))
            }, ScriptedTransport.answer("{}"))
        try await DynamoDBStore(transport, time: time).write(writes)
        #expect(transport.operations == ["BatchWriteItem", "BatchWriteItem"])
        let (first, second) = (try items(transport, 0), try items(transport, 1))
        #expect(first.count == 2 && second.count == 1)
        let keys = try [first[1], second[0]].map { try #require(LogKey.number(sortKey($0))) }
        #expect(keys[1] - keys[0] == UInt64(LogTimes.patience) + 500)
    }

    @Test("A row of a log has its time as key, and an end after which DynamoDB removes it")
    func rowOfALog() async throws {
        let transport = ScriptedTransport(ScriptedTransport.answer("{}"))
        try await DynamoDBStore(transport, time: time).write(writes)
        #expect(transport.operations == ["BatchWriteItem"])
        let item = try items(transport, 0)[1]
        let now = UInt64(time.now.withLock(\.timeIntervalSince1970) * 1000)
        #expect(LogKey.number(sortKey(item)) == now)
        let end = (item["expires"] as? NSDictionary)?["N"] as? String
        #expect(end == "\((now + 2 * UInt64(LogTimes.life)) / 1000)")
        #expect(try items(transport, 0)[0]["expires"] == nil)
    }

    private func items(_ transport: ScriptedTransport, _ request: Int) throws -> [NSDictionary] {
        let tables = try #require(try transport.body(request)["RequestItems"] as? NSDictionary)
        let writes = try #require(tables["table"] as? [NSDictionary])
        return try writes.map {
            try #require(($0["PutRequest"] as? NSDictionary)?["Item"] as? NSDictionary)
        }
    }

    private func sortKey(_ item: NSDictionary) -> String {
        (item["s"] as? NSDictionary)?["S"] as? String ?? ""
    }
}
