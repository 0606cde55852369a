import ArgumentParser
import ItemFiles
import JSON
import VectorIndex
import Whiplash

/// `whiplash search …`: one search, or those of a file.
struct SearchCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find the items nearest to a vector, those with the words of a text, or both.",
        discussion: """
            'whiplash help search one' tells what a search takes, 'whiplash help search batch' how many go at once.

            EXAMPLES
              whiplash search library/books --vector '[1, 2, 2]'
              whiplash search library/books --like moby-dick --limit 3
              whiplash search library/books --text 'white whale'
              whiplash search library/books --npy queries.npy --row 7 --exact --json
              whiplash search library/books --id moby-dick --explain
              whiplash search batch library/books queries.npy --limit 10
            """,
        subcommands: [SearchCommand.self, SearchBatchCommand.self], defaultSubcommand: SearchCommand.self)
}

/// The formats of files of queries.
enum QueryFormat: String, ExpressibleByArgument, CaseIterable {
    case jsonl, npy

    /// By the file's name; nil when that tells of none of these.
    init?(path: String) {
        guard let format = FileFormat(path: path) else { return nil }
        self.init(rawValue: format.rawValue)
    }
}

/// `whiplash search batch`
struct SearchBatchCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "batch", abstract: "Search for all queries of a file, many in a request.",
        discussion: """
            A line of a .jsonl file is a query: {"query": [1, 2, 2]} (or "vector", or base64 of float32), {"text": "white whale"}, both, \
            or {"id": "moby-dick"} for what is near an item. "limit", "filter" and "group" of a line go before the options. Other members, \
            such as an item's metadata, are passed over: an item with its vector is a query as it is. Of a .npy file each row is a query.

            EXAMPLES
              whiplash search batch library/books queries.npy --limit 10
              whiplash search batch library/books queries.jsonl --json
              whiplash search batch library/books - --filter '{"year": {"$lt": 1900}}' < queries.jsonl
              zcat queries.jsonl.gz | whiplash search batch library/books -
            """)
    @OptionGroup var target: TargetOptions
    @Flag(help: "Answer in JSON: of each query an array of matches, in the file's order.") var json = false
    @Option(help: "jsonl or npy; by default as the file's name says, or jsonl for - .") var format:
        QueryFormat?
    @Option(help: "How many to find for each query, 1 to 1000.") var limit = 5
    @OptionGroup var options: SearchOptions
    @Flag(help: "Show the vectors as well.") var vectors = false
    @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath
    @Argument(help: "The file of queries, or - for standard input.") var file: String

    /// Queries that are in memory at a time: what a few requests carry.
    private static let queriesAtOnce = 400

    func validate() throws {
        if !(SearchRequest.limitRange ~= limit) {
            throw ValidationError("--limit has to be 1 to \(SearchRequest.limitRange.upperBound).")
        }
    }

    func perform() async throws {
        let items = try await target.collection(collection)
        let queries = try reader()
        var output = Output(json: json, vectors: vectors, metric: items.configuration.metric)
        while true {
            var requests: [SearchRequest] = []
            while requests.count < Self.queriesAtOnce, let request = try queries.next() {
                requests.append(request)
            }
            if requests.isEmpty { break }
            output.add(try await found(requests, items, after: output.count))
        }
        output.finish()
    }

    /// - Parameter count: Of the queries before these, for what is said of a broken rule.
    private func found(
        _ requests: [SearchRequest], _ items: any ItemCollection, after count: Int
    ) async throws -> [[Match]] {
        do {
            return try await items.search(requests)
        } catch {
            guard count > 0, let failure = CommandFailure(error) else { throw error }
            throw CommandFailure(
                "\(failure.description) (searches counted from query \(count) of the file on)",
                code: failure.code)
        }
    }

    private func reader() throws -> any QueryReader {
        var request = SearchRequest(query: [])
        request.limit = limit
        try options.apply(to: &request)
        switch try queryFormat {
        case .jsonl: return try QueryLines(file, like: request)
        case .npy: return try QueryRows(file, like: request)
        }
    }

    private var queryFormat: QueryFormat {
        get throws {
            if let format = format ?? QueryFormat(path: file) { return format }
            if file == "-" { return .jsonl }
            try CompressedFile(path: file)?.refuseReading(by: "whiplash search batch \(collection)")
            throw CommandFailure(
                "\(file): which format? Name it .jsonl or .npy, or give --format.", code: .refused)
        }
    }

    /// What has been found, as a table or as it comes in JSON.
    private struct Output {
        let json: Bool
        let vectors: Bool
        let metric: Metric
        private(set) var count = 0
        private var table: Table

        init(json: Bool, vectors: Bool, metric: Metric) {
            (self.json, self.vectors, self.metric) = (json, vectors, metric)
            table = Table(
                ["QUERY", "SCORE", "ID"] + (vectors ? ["VECTOR"] : []) + [""], numeric: [0, 1])
        }

        mutating func add(_ found: [[Match]]) {
            for matches in found {
                if json { line(matches) } else { rows(matches) }
                count += 1
            }
        }

        private mutating func rows(_ matches: [Match]) {
            for match in matches {
                table.add(
                    ["\(count)", "\(match.score)", match.item.id]
                        + (vectors ? [preview(match.item.vector)] : []) + [match.item.summary])
            }
        }

        /// One element of an array, on a line of its own.
        private func line(_ matches: [Match]) {
            var writer = JSONWriter()
            writer.writeArray { writer in
                for match in matches {
                    writer.write(match, vector: vectors, distance: metric == .euclidean)
                }
            }
            Terminal.say(Array((count == 0 ? "[" : ",").utf8) + writer.bytes)
        }

        func finish() {
            if json { Terminal.say(count == 0 ? "[]" : "]") } else { table.show() }
        }
    }
}
