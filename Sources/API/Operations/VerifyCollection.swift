import JSON

/// `POST …/verify`: finds and mends vectors without their bucket row, bucket rows without their vector, and postings likewise, slice by slice.
enum VerifyCollection: Operation {
    private static let fields = Fields(optional: ["cursor"])

    static func answer(_ call: Call) async throws -> Response {
        var cursor: String?
        try call.readOptionalBody { reader throws(JSONError) in
            try fields.read(&reader) { _, reader throws(JSONError) in cursor = try reader.readString() }
        }
        let report = try await call.collection.verify(
            cursor: cursor, within: TuneCollection.milliseconds)
        return .success { writer in
            writer.member("checked", report.checked)
            writer.member("vectors_without_bucket_row", report.vectorsWithoutBucketRow)
            writer.member("bucket_rows_without_vector", report.bucketRowsWithoutVector)
            writer.member("missing_postings", report.missingPostings)
            writer.member("needless_postings", report.needlessPostings)
            writer.member("mended", report.mended)
            writer.key("cursor")
            if let cursor = report.cursor { writer.write(cursor) } else { writer.writeNull() }
        }
    }
}
