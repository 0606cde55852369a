import ArgumentParser
import Foundation
import HTTPClient

/// Loads the sample collection into a running server and makes one search.
struct Sample: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Load 2,000 WordNet glosses into a running server and search them.",
        discussion: """
            EXAMPLES
              whiplash sample
              whiplash sample --url http://127.0.0.1:9000 --api-key KEY
            """)

    @Option(help: "The folder of the sample.") var folder = "Samples/wordnet"
    @Option(help: "Where the server is. Else WHIPLASH_URL.") var url: String?
    @Option(help: "Its API key. Else WHIPLASH_API_KEY.") var apiKey: String?

    func run() async throws {
        let values = try settingValues()
        let url = url ?? values["WHIPLASH_URL"] ?? "http://127.0.0.1:8080"
        guard let key = apiKey ?? values["WHIPLASH_API_KEY"] else {
            throw ValidationError("which API key? Give --api-key, or set WHIPLASH_API_KEY.")
        }
        let api = RemoteAPI(url: url, apiKey: key, transport: try CurlTransport())
        let sample = SampleCollection(api: api, folder: folder)
        try await sample.load()
        try await sample.showSearch()
    }
}

/// The sample's files, and the collection `wordnet` of the project `sample` that they are loaded into.
struct SampleCollection {
    let api: RemoteAPI
    let folder: String

    private static let collections = "/projects/sample/collections"
    private static let collection = collections + "/wordnet"
    private static let batchSize = 100

    private struct Line: Decodable {
        let id: String
        let text: String
    }

    /// Stores every item; storing them again changes nothing.
    func load() async throws {
        let vectors = try NumPyFile(path: folder + "/vectors.f16.npy")
        let texts = try lines("texts.jsonl")
        guard texts.count == vectors.rowCount else {
            throw CommandFailure("\(folder): \(texts.count) texts for \(vectors.rowCount) vectors")
        }
        let body = #"{"name": "wordnet", "n_features": \#(vectors.dimension)}"#
        try await api.send("POST", Self.collections, json: body, accepting: [409])
        let bar = ProgressBar("Loading the sample", total: texts.count)
        for start in stride(from: 0, to: texts.count, by: Self.batchSize) {
            let batch = start..<min(start + Self.batchSize, texts.count)
            let items = try batch.map { try json(texts[$0], vectors.row($0)) }
            try await api.send(
                "POST", Self.collection + "/items/batch",
                json: #"{"vectors": [\#(items.joined(separator: ","))]}"#)
            bar.show(batch.upperBound)
        }
    }

    /// Searches for the first of the sample's queries and prints how, and what was found.
    func showSearch() async throws {
        guard let text = try lines("queries.jsonl").first?.text else {
            throw CommandFailure("\(folder) has no queries")
        }
        let search = folder + "/search.json"
        let answer = try await api.send(
            "POST", Self.collection + "/search", json: String(decoding: try content(search), as: UTF8.self))
        let matches = try JSONDecoder().decode([Match].self, from: answer)
        print(
            """

            Whiplash serves \(api.url)
            API key         \(api.apiKey)

            Nearest of 2,000 glosses to: \(text)

            """)
        for match in matches { print("  " + String(format: "%.3f", match.dist) + "  " + match.text) }
        print(
            """

            Try it yourself, in another terminal:

              curl -s -H 'x-api-key: \(api.apiKey)' -d @\(search) \(api.url)\(Self.collection)/search

            """)
    }

    private struct Match: Decodable {
        let text: String
        let dist: Double
    }

    private func lines(_ name: String) throws -> [Line] {
        try content(folder + "/" + name).split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(Line.self, from: $0)
        }
    }

    private func content(_ path: String) throws -> Data {
        guard let content = FileManager.default.contents(atPath: path) else {
            throw CommandFailure("cannot read \(path); run this in the project's folder, or give --folder")
        }
        return content
    }

    private func json(_ line: Line, _ vector: [Float]) throws -> String {
        let texts = try JSONEncoder().encode(["id": line.id, "text": line.text, "vector": base64(vector)])
        return String(decoding: texts, as: UTF8.self)
    }

    /// A vector in a fifth of the bytes that its digits would take: little-endian float32, in base64.
    private func base64(_ vector: [Float]) -> String {
        var data = Data(capacity: vector.count * 4)
        for component in vector {
            withUnsafeBytes(of: component.bitPattern.littleEndian) { data.append(contentsOf: $0) }
        }
        return data.base64EncodedString()
    }
}
