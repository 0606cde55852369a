import ArgumentParser
import ItemFiles
import JSON
import VectorIndex
import Whiplash

/// `whiplash search`
struct SearchCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find the items nearest to a vector, those with the words of a text, or both.",
        discussion: """
            The score is larger for what is nearer, in every metric. Beside a vector, a text's words and the vector
            have a ranking each, and these are fused: docs/hybrid.md.

            EXAMPLES
              whiplash search library/books --vector '[1, 2, 2]'
              whiplash search library/books --like moby-dick --limit 3
              whiplash search library/books --like moby-dick --filter '{"year": {"$lt": 1900}}'
              whiplash search library/books --text 'white whale'
              whiplash search library/books --text 'white whale' --vector '[1, 2, 2]' --weight 0.7
              whiplash search library/books --npy queries.npy --row 7 --exact --json
            """)
    @OptionGroup var target: TargetOptions
    @Flag(help: "Answer in JSON, an array of matches.") var json = false
    @Option(help: "The query: a JSON array, base64 of float32, or - for standard input.") var vector: String?
    @Option(help: "Search with the vector of this item, which is left out of what is found.") var like:
        String?
    @Option(help: "A .npy file to take the query from.") var npy: String?
    @Option(help: "The row of --npy, from 0.") var row = 0
    @Option(help: "Words to find in the items' texts, alone or beside a vector.") var text: String?
    @Option(help: "Fuse scores and not ranks: the vector's share, 0 to 1.") var weight: Float?
    @Option(help: "How many to find, 1 to 1000.") var limit = 5
    @Option(help: "Leave out what has a smaller score.") var minScore: Float?
    @Option(help: "Leave out what is farther away.") var maxDistance: Float?
    @Option(help: "Only items whose metadata pass this filter, a JSON object.") var filter: String?
    @Option(help: "The group to search in, in a collection with groups.") var group: String?
    @Flag(
        inversion: .prefixedNo,
        help: "Every best match for sure, if need be by reading every vector; the default in a group alone.")
    var exact: Bool?
    @Flag(help: "May miss what was written in the last five seconds.") var eventual = false
    @Flag(help: "Show the vectors as well.") var vectors = false
    @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath

    func validate() throws {
        let vectorCount = [vector, like, npy].count { $0 != nil }
        if vectorCount > 1 || vectorCount == 0 && text == nil {
            throw ValidationError("Give one of --vector, --like and --npy, or --text, or both.")
        }
        if weight != nil, vectorCount == 0 || text == nil {
            throw ValidationError("--weight is for a text beside a vector.")
        }
        if !(SearchRequest.limitRange ~= limit) { throw ValidationError("--limit has to be 1 to 1000.") }
    }

    func perform() async throws {
        let items = try await target.collection(collection)
        var request = SearchRequest(query: try await query(items))
        request.limit = like == nil ? limit : min(limit + 1, SearchRequest.limitRange.upperBound)
        (request.minScore, request.maxDistance) = (minScore, maxDistance)
        request.filter = try filter.map(parseFilter)
        request.group = group
        (request.exact, request.eventual) = (exact, eventual)
        (request.text, request.fusion) = (text, weight.map { .weighted($0) } ?? .reciprocalRank)
        let found = try await items.search(request).filter { $0.item.id != like }.prefix(limit)
        show(Array(found), items.configuration.metric)
    }

    private func parseFilter(_ text: String) throws -> MetadataFilter {
        do {
            return try MetadataFilter(try RawJSON(parsing: text))
        } catch let error as JSONError {
            throw CommandFailure("--filter: \(error)", code: .refused)
        }
    }

    private func query(_ items: any ItemCollection) async throws -> [Float] {
        if let like {
            if let item = try await items.items(ids: [like], in: group)[0] { return item.vector }
            throw WhiplashError.notFound(.item, name: like)
        }
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

    private func show(_ matches: [Match], _ metric: Metric) {
        if json {
            return sayJSON { writer in
                writer.writeArray { writer in
                    for match in matches {
                        writer.write(match, vector: vectors, distance: metric == .euclidean)
                    }
                }
            }
        }
        var table = Table(vectors ? ["SCORE", "ID", "VECTOR", ""] : ["SCORE", "ID", ""], numeric: [0])
        for match in matches {
            let vector = vectors ? [preview(match.item.vector)] : []
            table.add(["\(match.score)", match.item.id] + vector + [match.item.summary])
        }
        table.show()
    }
}
