import JSON
import Whiplash

extension RemoteCollection {
    /// What one request has time for, some 20 seconds.
    public func tune() async throws(WhiplashError) -> TuningReport {
        do {
            let answer = try await connection.send("POST", path + "/tune", about: subject)
            return try connection.read(answer.body) { reader throws(JSONError) in
                try TuningReport(json: &reader)
            }
        } catch {
            throw error.error
        }
    }

    /// What one request has time for, some 20 seconds.
    public func verify(cursor: String?) async throws(WhiplashError) -> VerificationReport {
        var writer = JSONWriter()
        writer.writeObject { writer in
            if let cursor { writer.member("cursor", cursor) }
        }
        do {
            let answer = try await connection.send(
                "POST", path + "/verify", body: writer.bytes, about: subject)
            return try connection.read(answer.body) { reader throws(JSONError) in
                try VerificationReport(json: &reader)
            }
        } catch {
            throw error.error
        }
    }
}

extension TuningReport {
    init(json reader: inout JSONReader) throws(JSONError) {
        self.init(state: "", isDone: false, generation: 0, filledCount: 0)
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "state": state = try reader.readString()
            case "done": isDone = try reader.readBool()
            case "generation": generation = try reader.readInteger()
            case "filled": filledCount = try reader.readInteger()
            default: try reader.skip()
            }
        }
        if state.isEmpty { throw reader.mismatch(expected: "a tuning's state", received: "none") }
    }
}

extension VerificationReport {
    init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "checked": checked = try reader.readInteger()
            case "vectors_without_bucket_row": vectorsWithoutBucketRow = try reader.readInteger()
            case "bucket_rows_without_vector": bucketRowsWithoutVector = try reader.readInteger()
            case "missing_postings": missingPostings = try reader.readInteger()
            case "needless_postings": needlessPostings = try reader.readInteger()
            case "mended": mended = try reader.readInteger()
            case "cursor": cursor = try reader.readStringOrNull()
            default: try reader.skip()
            }
        }
    }
}
