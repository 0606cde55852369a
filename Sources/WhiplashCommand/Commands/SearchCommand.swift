import API
import ArgumentParser
import ItemFiles
import JSON
import VectorIndex
import Whiplash

/// `whiplash search one`, or `whiplash search` alone
struct SearchCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "one",
        abstract: "Find the items nearest to a vector, those with the words of a text, or both.",
        discussion: """
            The score is larger for what is nearer, in every metric. Beside a vector, a text's words and the vector \
            have a ranking each, and these are fused: docs/hybrid.md. More than 1000 matches come in pages, each of which \
            costs a search for all matches up to its end.

            EXAMPLES
              whiplash search library/books --vector '[1, 2, 2]'
              whiplash search library/books --like moby-dick --limit 3
              whiplash search library/books --like moby-dick --filter '{"year": {"$lt": 1900}}'
              whiplash search library/books --text 'white whale'
              whiplash search library/books --text 'white whale' --vector '[1, 2, 2]' --weight 0.7
              whiplash search library/books --npy queries.npy --row 7 --exact --json
              whiplash search library/books --id moby-dick --limit 5000
              whiplash search library/books --id moby-dick --page
              whiplash search library/books --id moby-dick --explain
            """)
    @OptionGroup var target: TargetOptions
    @Flag(help: "Answer in JSON, an array of matches.") var json = false
    @Option(help: "The query: a JSON array, base64 of float32, or - for standard input.") var vector: String?
    @Option(
        name: [.customLong("like"), .customLong("id")],
        help: "Search with the vector of this item, which is left out of what is found.")
    var like: String?
    @Option(help: "A .npy file to take the query from.") var npy: String?
    @Option(help: "The row of --npy, from 0.") var row = 0
    @Option(help: "Words to find in the items' texts, alone or beside a vector.") var text: String?
    @Option(help: "Fuse scores and not ranks: the vector's share, 0 to 1.") var weight: Float?
    @Option(help: "How many to find, 1 to 10000; of a page, 1 to 1000.") var limit = 5
    @Flag(help: "Tell where the next page begins; in JSON: {\"matches\", \"cursor\"}.") var page = false
    @Option(help: "The page to show, as the page before told.") var cursor: String?
    @OptionGroup var options: SearchOptions
    @Flag(help: "Show the vectors as well.") var vectors = false
    @Flag(help: "Tell how the search went, and what it took; in JSON: {\"matches\", \"explain\"}.")
    var explain = false
    @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath

    func validate() throws {
        let vectorCount = [vector, like, npy].count { $0 != nil }
        if vectorCount > 1 || vectorCount == 0 && text == nil {
            throw ValidationError("Give one of --vector, --like and --npy, or --text, or both.")
        }
        if weight != nil, vectorCount == 0 || text == nil {
            throw ValidationError("--weight is for a text beside a vector.")
        }
        if options.targetRecall != nil, vectorCount == 0 {
            throw ValidationError("--target-recall is for a search near a vector, not by --text alone.")
        }
        let limits = isPaged || explain ? SearchRequest.limitRange : 1...VectorCollection.maxReach
        if !(limits ~= limit) { throw ValidationError("--limit has to be 1 to \(limits.upperBound).") }
    }

    func perform() async throws {
        let items = try await target.collection(collection)
        var request = try like.map(SearchRequest.init(neighboursOf:)) ?? SearchRequest(query: query())
        request.limit = min(limit, SearchRequest.limitRange.upperBound)
        try options.apply(to: &request)
        (request.text, request.fusion) = (text, weight.map { .weighted($0) } ?? .reciprocalRank)
        request.explain = explain
        let found = try await found(request, items)
        show(found, items.configuration.metric)
        if let cursor = found.cursor, !json { Terminal.note("More: --cursor \(cursor)") }
    }

    private var isPaged: Bool { page || cursor != nil }

    /// A page, or as many pages as it takes.
    private func found(_ request: SearchRequest, _ items: any ItemCollection) async throws -> MatchPage {
        if isPaged { return try await items.searchPage(request, cursor: cursor) }
        if limit == request.limit {
            let answer = try await items.answer(request)
            return MatchPage(matches: answer.matches, cursor: nil, explanation: answer.explanation)
        }
        var (request, found) = (request, MatchPage(matches: [], cursor: nil))
        repeat {
            request.limit = min(request.limit, limit - found.matches.count)
            let page = try await items.searchPage(request, cursor: found.cursor)
            found.matches += page.matches
            found.cursor = page.cursor
        } while found.cursor != nil && found.matches.count < limit
        found.cursor = nil
        return found
    }

    private func query() throws -> [Float] {
        if let npy { return try rowOfFile(npy) }
        if vector == nil { return [] }
        let text = vector == "-" ? readLine() : vector
        return try parseVector(text ?? "", option: "--vector")
    }

    private func rowOfFile(_ path: String) throws -> [Float] {
        let reader = try NumPyReader(path, ids: .numbers)
        guard 0..<reader.shape.rowCount ~= row else {
            throw CommandFailure(
                "\(path) has the rows 0 to \(reader.shape.rowCount - 1), not \(row)", code: .refused)
        }
        for _ in 0..<row { _ = try reader.next() }
        return try reader.next()?.vector ?? []
    }

    private func show(_ found: MatchPage, _ metric: Metric) {
        if json { return sayJSON { write(found, metric, to: &$0) } }
        var table = Table(vectors ? ["SCORE", "ID", "VECTOR", ""] : ["SCORE", "ID", ""], numeric: [0])
        for match in found.matches {
            let vector = vectors ? [preview(match.item.vector)] : []
            table.add(["\(match.score)", match.item.id] + vector + [match.item.summary])
        }
        table.show()
        if let explanation = found.explanation {
            Terminal.say("")
            explanation.table.show()
        }
    }

    private func write(_ found: MatchPage, _ metric: Metric, to writer: inout JSONWriter) {
        func writeMatches(_ writer: inout JSONWriter) {
            writer.writeArray { writer in
                for match in found.matches {
                    writer.write(match, vector: vectors, distance: metric == .euclidean)
                }
            }
        }
        if !isPaged, !explain { return writeMatches(&writer) }
        writer.writeObject { writer in
            writer.key("matches")
            writeMatches(&writer)
            if isPaged {
                writer.key("cursor")
                if let cursor = found.cursor { writer.write(cursor) } else { writer.writeNull() }
            }
            if let explanation = found.explanation { writer.member("explain", explanation) }
        }
    }
}

/// What `--filter` says.
func parseFilter(_ text: String) throws -> MetadataFilter {
    do {
        return try MetadataFilter(try RawJSON(parsing: text))
    } catch let error as JSONError {
        throw CommandFailure("--filter: \(error)", code: .refused)
    }
}
