import HTTPClient
import Storage
import Testing

@testable import StorageDynamoDB

/// How an answer is verified before it is believed.
@Suite struct AnswerTests {
    let query = RangeQuery(TableName("table"), partition: "p", consistency: .strong)
    /// `{"Items":[{"p":{"S":"p"},"s":{"S":"s"},"n":{"N":"7"}}],"Count":1}`, compressed by Python's gzip module
    /// (level 9, mtime 0).
    static let compressed: [UInt8] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 242, 44, 73, 205, 45, 86, 178, 138, 174, 86, 42, 80, 178,
        170, 86, 10, 86, 178, 2, 50, 106, 117, 148, 138, 97, 188, 98, 16, 47, 15, 196, 243, 3, 242, 204,
        149, 106, 107, 99, 117, 148, 156, 243, 75, 243, 74, 148, 172, 12, 107, 1, 91, 146, 113, 18, 65, 0,
        0, 0,
    ]
    static let plain = #"{"Items":[{"p":{"S":"p"},"s":{"S":"s"},"n":{"N":"7"}}],"Count":1}"#
    static let row = Row(key: RowKey(partition: "p", sort: "s"), attributes: ["n": .integer(7)])

    static func answer(
        _ body: [UInt8], crc: UInt32? = nil, gzip: Bool = false
    ) -> ScriptedTransport.Step {
        var headers: [(name: String, value: String)] = []
        if let crc { headers.append(("x-amz-crc32", "\(crc)")) }
        if gzip { headers.append(("Content-Encoding", "gzip")) }
        return { [headers] _ in HTTPResponse(status: 200, headers: headers, body: body) }
    }

    static var plainAnswer: ScriptedTransport.Step {
        answer(Array(plain.utf8), crc: crc32(of: Array(plain.utf8)))
    }

    /// The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
    @Test func checksumOfThePublishedMessage() {
        #expect(crc32(of: Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(crc32(of: []) == 0)
    }

    @Test func aRightChecksumIsBelieved() async throws {
        let transport = ScriptedTransport(Self.plainAnswer)
        #expect(try await DynamoDBStore(transport).query(query).rows == [Self.row])
    }

    @Test func aWrongChecksumIsAskedForAgain() async throws {
        let transport = ScriptedTransport(Self.answer(Array(Self.plain.utf8), crc: 1), Self.plainAnswer)
        #expect(try await DynamoDBStore(transport).query(query).rows == [Self.row])
        #expect(transport.requests.count == 2)
    }

    @Test func aChecksumThatStaysWrongIsAnError() async throws {
        let transport = ScriptedTransport(Self.answer(Array(Self.plain.utf8), crc: 1))
        let store = try DynamoDBStore(transport)
        await #expect { try await store.query(query) } throws: { error in
            if case .unavailable("DynamoDB", "an answer whose checksum is wrong")? = error as? StoreError {
                true
            } else {
                false
            }
        }
    }

    @Test("A compressed answer is inflated, and its checksum is that of the compressed bytes")
    func gzip() async throws {
        let transport = ScriptedTransport(
            Self.answer(Self.compressed, crc: crc32(of: Self.compressed), gzip: true))
        #expect(try await DynamoDBStore(transport).query(query).rows == [Self.row])
        #expect(transport.requests[0].headers.contains { $0 == ("Accept-Encoding", "gzip") })
        #expect(transport.requests.count == 1)
    }

    @Test func aBrokenCompressedAnswerIsAskedForAgain() async throws {
        var flipped = Self.compressed
        flipped[flipped.count - 6] ^= 1
        for broken in [flipped, Array(Self.compressed.dropLast()), Self.compressed + [0], []] {
            let transport = ScriptedTransport(Self.answer(broken, gzip: true), Self.plainAnswer)
            #expect(try await DynamoDBStore(transport).query(query).rows == [Self.row])
            #expect(transport.requests.count == 2)
        }
    }

    @Test func inflatingStopsAtItsLimit() {
        #expect(inflateGzip(Self.compressed, limitBytes: Self.plain.utf8.count) == Array(Self.plain.utf8))
        #expect(inflateGzip(Self.compressed, limitBytes: Self.plain.utf8.count - 1) == nil)
    }

    @Test(arguments: [
        #"{"Items":[{"p":{"S":"p"},"s":{"S":"s"},"l":{"L":[]}}]}"#,
        #"{"Items":[{"p":{"S":"p"},"s":{"N":"1"}}]}"#,
        #"{"Items":[{"p":{"S":"p"}}]}"#,
        #"{"Items":[{"p":{"S":"p"},"s":{"S":"s"},"n":{"N":"1.5"}}]}"#,
        #"{"Items":[{"p":{"S":"p"},"s":{"S":"s"},"n":{"B":"!"}}]}"#,
    ]) func rowsThatAreNotOursAreUnreadable(json: String) async throws {
        let store = try DynamoDBStore(ScriptedTransport(ScriptedTransport.answer(json)))
        await #expect { try await store.query(query) } throws: { error in
            if case .unreadable? = error as? StoreError { true } else { false }
        }
    }

    @Test func theTimeToLiveIsTheRowsTime() async throws {
        let json = #"{"Items":[{"p":{"S":"p"},"s":{"S":"s"},"n":{"N":"7"},"expires":{"N":"1800000000"}}]}"#
        let store = try DynamoDBStore(ScriptedTransport(ScriptedTransport.answer(json)))
        var row = Self.row
        row.attributes[Row.expiry] = .integer(1_800_000_000)
        #expect(try await store.query(query).rows == [row])
        #expect(row.isExpired(at: 1_800_000_000) && !row.isExpired(at: 1_799_999_999))
    }
}
