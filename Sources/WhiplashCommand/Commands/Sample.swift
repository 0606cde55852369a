import ArgumentParser
import Foundation
import HTTPClient
import ItemFiles
import Whiplash
import WhiplashClient

/// Loads the sample collection into a running server and makes one search.
struct Sample: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "Load 2,000 WordNet glosses into a running server and search them.",
        discussion: """
            EXAMPLES
              whiplash sample
              whiplash sample --url http://127.0.0.1:9000 --api-key KEY
            """)

    @Option(help: "The folder of the sample.") var folder = "Samples/wordnet"
    @Option(help: "Where the server is. Else WHIPLASH_URL.") var url: String?
    @Option(help: "Its API key. Else WHIPLASH_API_KEY.") var apiKey: String?

    func perform() async throws {
        let values = try settingValues()
        let url = url ?? values["WHIPLASH_URL"] ?? "http://127.0.0.1:8080"
        guard let key = apiKey ?? values["WHIPLASH_API_KEY"] else {
            throw ValidationError("which API key? Give --api-key, or set WHIPLASH_API_KEY.")
        }
        let sample = SampleFiles(folder: folder)
        let collection = try await collection(RemoteDatabase(url: url, apiKey: key), sample)
        try await sample.load(into: collection)
        try await show(collection, sample, url: url, key: key)
    }

    /// The collection `wordnet` of the project `sample`, made if it is not there.
    private func collection(_ database: RemoteDatabase, _ sample: SampleFiles) async throws
        -> RemoteCollection
    {
        let dimension = try sample.vectors().shape.dimension
        do {
            return try await database.createCollection(
                NewCollection(name: "wordnet", featureCount: dimension), in: "sample")
        } catch {
            guard case .alreadyExists = error else { throw error }
            return try await database.collection("wordnet", in: "sample")
        }
    }

    /// Searches for the first of the sample's queries and prints how, and what was found.
    private func show(_ collection: RemoteCollection, _ sample: SampleFiles, url: String, key: String)
        async throws
    {
        let (text, request) = (try sample.queryText(), try sample.search())
        let matches = try await collection.search(request)
        Terminal.say(
            """

            Whiplash serves \(url)
            API key         \(key)

            Nearest of 2,000 glosses to: \(text)

            """)
        for match in matches {
            Terminal.say("  " + String(format: "%.3f", match.score) + "  " + (match.item.text ?? ""))
        }
        Terminal.say(
            """

            Try it yourself, in another terminal:

              curl -s -H 'x-api-key: \(key)' -d @\(sample.searchPath) \(url)/projects/sample/collections/wordnet/search

            """)
    }
}

/// The sample's files.
struct SampleFiles {
    let folder: String

    private struct Line: Decodable {
        let id: String
        let text: String
    }

    private struct Search: Decodable {
        let query: String
        let limit: Int?
    }

    var searchPath: String { folder + "/search.json" }

    func vectors() throws -> NumPyReader {
        let (vectors, texts) = (folder + "/vectors.f16.npy", folder + "/texts.jsonl")
        for path in [vectors, texts] { _ = try content(path) }
        return try NumPyReader(vectors, ids: .items(texts))
    }

    /// Stores every item; storing them again changes nothing.
    func load(into collection: RemoteCollection) async throws {
        let reader = try vectors()
        var bar = ProgressBar("Loading the sample", total: reader.shape.rowCount)
        var ingest = Ingest(into: collection)
        ingest.batchSize = 100
        let count = try await ingest.run(progress: { bar.show($0) }) { try reader.next() }
        bar.finish(count)
    }

    func queryText() throws -> String {
        let lines = try content(folder + "/queries.jsonl").split(separator: UInt8(ascii: "\n"))
        guard let line = lines.first else { throw CommandFailure("\(folder) has no queries") }
        return try JSONDecoder().decode(Line.self, from: line).text
    }

    /// What `search.json` asks for.
    func search() throws -> SearchRequest {
        let search = try JSONDecoder().decode(Search.self, from: try content(searchPath))
        var request = SearchRequest(query: try parseVector(search.query, option: searchPath))
        if let limit = search.limit { request.limit = limit }
        return request
    }

    private func content(_ path: String) throws -> Data {
        guard let content = FileManager.default.contents(atPath: path) else {
            throw CommandFailure("cannot read \(path); run this in the project's folder, or give --folder")
        }
        return content
    }
}
