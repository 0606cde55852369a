import Foundation
import HTTPClient
import Storage
import Synchronization
import Testing

@testable import StorageDynamoDB

/// How batches are cut, and what becomes of what DynamoDB leaves undone.
@Suite struct BatchTests {
    let table = TableName("table")
    let time = ManualTime()

    func rows(_ count: Int) -> [Row] {
        (0..<count).map { Row(key: RowKey(partition: "p", sort: "\($0)"), attributes: ["a": .text("x")]) }
    }

    @Test("What is left unprocessed is sent again until nothing is")
    func unprocessedItems() async throws {
        let left = #"{"table":[{"DeleteRequest":{"Key":{"p":{"S":"p"},"s":{"S":"1"}}}}]}"#
        let transport = ScriptedTransport(
            ScriptedTransport.answer(#"{"UnprocessedItems":\#(left)}"#),
            ScriptedTransport.answer(#"{"UnprocessedItems":\#(left)}"#),
            ScriptedTransport.answer(#"{"UnprocessedItems":{}}"#))
        try await DynamoDBStore(transport, time: time).write(rows(3).map { .delete($0.key, in: table) })
        #expect(transport.operations == ["BatchWriteItem", "BatchWriteItem", "BatchWriteItem"])
        for index in 1...2 {
            let sent = try JSONSerialization.data(withJSONObject: transport.body(index), options: .sortedKeys)
            #expect(
                String(decoding: sent, as: UTF8.self)
                    == #"{"RequestItems":\#(left),"ReturnConsumedCapacity":"TOTAL"}"#)
        }
        #expect(time.sleeps.withLock { $0.count } == 2)
    }

    @Test func unprocessedKeysAreReadAgain() async throws {
        func item(_ sort: String) -> String { #"{"p":{"S":"p"},"s":{"S":"\#(sort)"},"a":{"S":"x"}}"# }
        let left = #"{"table":{"ConsistentRead":true,"Keys":[{"p":{"S":"p"},"s":{"S":"0"}}]}}"#
        let transport = ScriptedTransport(
            ScriptedTransport.answer(
                #"{"Responses":{"table":[\#(item("2")),\#(item("1"))]},"UnprocessedKeys":\#(left)}"#),
            ScriptedTransport.answer(#"{"Responses":{"table":[\#(item("0"))]},"UnprocessedKeys":{}}"#))
        let rows = rows(3)
        let found = try await DynamoDBStore(transport, time: time).rows(
            at: rows.map { RowAddress(table, $0.key) }, .strong)
        #expect(found == rows)
        let keys = ((try transport.body(1)["RequestItems"] as? NSDictionary)?["table"] as? NSDictionary)?[
            "Keys"]
        #expect((keys as? [Any])?.count == 1)
    }

    @Test func aBatchThatNeverGetsOnIsThrottled() async throws {
        let left = #"{"table":[{"DeleteRequest":{"Key":{"p":{"S":"p"},"s":{"S":"0"}}}}]}"#
        let transport = ScriptedTransport(ScriptedTransport.answer(#"{"UnprocessedItems":\#(left)}"#))
        let store = try DynamoDBStore(transport, time: time)
        await #expect { try await store.write([.delete(rows(1)[0].key, in: table)]) } throws: { error in
            if case .throttled? = error as? StoreError { true } else { false }
        }
        #expect(transport.requests.count < 20)
    }

    @Test("1,000 items of two rows are full requests, many at a time, and few bytes more than the rows")
    func largeBatchIsFullRequests() async throws {
        let transport = RecordingTransport(ScriptedTransport(ScriptedTransport.done))
        let other = TableName("other")
        let writes = rows(1000).flatMap { [Write.put($0, in: table), .put($0, in: other)] }
        try await DynamoDBStore(transport).write(writes)
        #expect(transport.record.requests == 80)
        #expect(2...16 ~= transport.record.mostAtATime)
        #expect(transport.record.sentBytes < 2000 * 120)
    }

    @Test("An item's two rows go in one request")
    func insertIsOneRequest() async throws {
        let transport = RecordingTransport(ScriptedTransport(ScriptedTransport.done))
        let vector = Row(
            key: RowKey(partition: "item-1", sort: "-"),
            attributes: ["v": .bytes([UInt8](repeating: 0x5A, count: 1536)), "k": .text("00abc9")])
        let bucket = Row(
            key: RowKey(partition: "0.3", sort: "00abc9.item-1"),
            attributes: ["q": .bytes([UInt8](repeating: 0xA5, count: 56))])
        try await DynamoDBStore(transport).write([
            .put(vector, in: TableName("a_dev_b_vectors")), .put(bucket, in: TableName("a_dev_b_buckets")),
        ])
        #expect(transport.record.requests == 1)
        // 1,592 bytes of vector and sketch are 2,124 in base64.
        #expect(transport.record.sentBytes < 2124 + 400)
        let units = [vector, bucket].map { ($0.storedSizeBytes + 1023) / 1024 }
        #expect(units == [2, 1])
    }

    @Test("A request keeps to its size in JSON, also where that is much of little")
    func requestsKeepToTheirSize() throws {
        let text = String(repeating: "\u{1}", count: 500)
        let rows = (0..<12).map {
            Row(key: RowKey(partition: "p", sort: "\($0)"), attributes: ["t": .text(text)])
        }
        let requests = WriteRequest.requests(for: rows.map { .put($0, in: table) }, limitBytes: 10_000)
        let batches = requests.map { request -> [EncodedWrite] in
            if case .batch(let writes) = request { writes } else { [] }
        }
        #expect(batches.map(\.count) == [3, 3, 3, 3])
        for batch in batches {
            #expect(batch.reduce(0) { $0 + $1.json.text.utf8.count } < 10_000)
            #expect(batch.allSatisfy { $0.json.text.utf8.count > 3000 })
        }
    }

    @Test func aMissingTableOfSeveralIsNamed() async throws {
        let transport = ScriptedTransport { request in
            let isMissing =
                String(decoding: request.body, as: UTF8.self).contains("other")
                ? #"{"__type":"x#ResourceNotFoundException"}"# : nil
            return HTTPResponse(status: isMissing == nil ? 200 : 400, body: Array((isMissing ?? "{}").utf8))
        }
        let store = try DynamoDBStore(transport)
        let row = rows(1)[0]
        await #expect {
            try await store.write([.put(row, in: TableName("other")), .put(row, in: table)])
        } throws: { error in
            if case .notFound(let name)? = error as? StoreError { name == TableName("other") } else { false }
        }
    }
}
