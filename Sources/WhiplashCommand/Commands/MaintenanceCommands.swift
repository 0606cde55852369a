import ArgumentParser
import JSON
import Whiplash

/// `whiplash tune`
struct TuneCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "tune", abstract: "Learn planes from a collection's vectors and move it under them.",
        discussion: """
            For a collection that does not fit into memory (WHIPLASH_CACHE_MB): its searches read less then. Others search and write \
            all the while. What breaks off goes on where it was when it is called again, and a tuned collection is tuned anew. It \
            reads every vector and writes a row for each.

            EXAMPLES
              whiplash tune library/books
              whiplash tune library/books --json
            """)
    @OptionGroup var target: TargetOptions
    @Flag(help: "Answer in JSON: {\"state\", \"generation\", \"filled\"}.") var json = false
    @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath

    func perform() async throws {
        let items = try await target.collection(collection, attempts: 10)
        var bar = ProgressBar("Tuning", total: nil)
        var report: TuningReport
        repeat {
            report = try await items.tune()
            bar.label = "Tuning: \(report.state)"
            if !report.isDone { bar.show(report.filledCount) }
        } while !report.isDone
        bar.clear()
        if !json { return Terminal.say(sentence(report)) }
        sayJSON { writer in
            writer.writeObject { writer in
                writer.member("state", report.state)
                writer.member("generation", report.generation)
                writer.member("filled", report.filledCount)
            }
        }
    }

    private func sentence(_ report: TuningReport) -> String {
        report.state == "too_small"
            ? "\(collection) has too few items to learn from; its searches do well without."
            : "Tuned \(collection): \(report.filledCount) items lie under the planes of generation \(report.generation)."
    }
}

/// `whiplash verify`
struct VerifyCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Find and mend what does not belong together in a collection.",
        discussion: """
            Holds the rows that searches read first against the vectors: stores those that are missing, and removes those of no \
            vector, which cost time and never an answer. Others search and write all the while.

            EXAMPLES
              whiplash verify library/books
              whiplash verify library/books --json
              whiplash verify library/books --cursor CURSOR
            """)
    @OptionGroup var target: TargetOptions
    @Flag(
        help:
            "Answer in JSON: {\"checked\", \"vectors_without_bucket_row\", \"bucket_rows_without_vector\", \"missing_postings\", \"needless_postings\", \"mended\"}."
    )
    var json = false
    @Option(help: "Where to go on, as one that broke off told.") var cursor: String?
    @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath

    func perform() async throws {
        let items = try await target.collection(collection, attempts: 10)
        var bar = ProgressBar("Verifying", total: await rowTotal(of: items), of: "rows")
        var total = VerificationReport()
        total.cursor = cursor
        repeat {
            total.add(try await slice(of: items, from: total.cursor))
            bar.show(total.checked)
        } while total.cursor != nil
        bar.clear()
        if json { return sayJSON { $0.write(total) } }
        Terminal.say(
            """
            Looked at \(total.checked) rows of \(collection): \(total.vectorsWithoutBucketRow) vectors without their bucket row, \
            \(total.bucketRowsWithoutVector) bucket rows without their vector\(words(total)). Mended \(total.mended).
            """)
    }

    /// A vector and a bucket row of each item; nil where texts have postings, whose number is not known, or part has been looked at before.
    private func rowTotal(of items: any ItemCollection) async -> Int? {
        if cursor != nil || items.configuration.textIndex { return nil }
        return await items.totalForBar().map { 2 * $0 }
    }

    private func words(_ total: VerificationReport) -> String {
        if total.missingPostings == 0, total.needlessPostings == 0 { return "" }
        return
            ", \(total.missingPostings) words without their posting, \(total.needlessPostings) postings without their word"
    }

    private func slice(
        of items: any ItemCollection, from cursor: String?
    ) async throws -> VerificationReport {
        do {
            return try await items.verify(cursor: cursor)
        } catch {
            guard let cursor, let failure = CommandFailure(error) else { throw error }
            throw CommandFailure(
                "\(failure.description)\nGo on with --cursor \(cursor)", code: failure.code)
        }
    }
}

extension VerificationReport {
    /// Adds what the next slice has found, and goes on where it ended.
    fileprivate mutating func add(_ slice: VerificationReport) {
        checked += slice.checked
        vectorsWithoutBucketRow += slice.vectorsWithoutBucketRow
        bucketRowsWithoutVector += slice.bucketRowsWithoutVector
        missingPostings += slice.missingPostings
        needlessPostings += slice.needlessPostings
        mended += slice.mended
        cursor = slice.cursor
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ report: VerificationReport) {
        writeObject { writer in
            writer.member("checked", report.checked)
            writer.member("vectors_without_bucket_row", report.vectorsWithoutBucketRow)
            writer.member("bucket_rows_without_vector", report.bucketRowsWithoutVector)
            writer.member("missing_postings", report.missingPostings)
            writer.member("needless_postings", report.needlessPostings)
            writer.member("mended", report.mended)
        }
    }
}
