import Foundation

/// What `search` is asked, a line of JSON each; see `Benchmarks/benchmark/worker.py`.
struct Command: Decodable {
    enum Kind: String, Decodable { case latency, throughput }

    /// The setting's words are the API's.
    struct Setting: Decodable {
        var exact: Bool?
        var targetRecall: Double?
        var consistency: String?
    }

    let `do`: Kind
    let setting: Setting
    let seconds: Double
    let atLeast: Int?
    let clients: Int?
}

struct Ingested: Encodable {
    let seconds: Double
    let items: Int
    let pid = getpid()
}

struct Opened: Encodable {
    let firstAnswerMs: Double
    let pid = getpid()
}

struct Latencies: Encodable {
    var milliseconds: [Double] = []
    var ids: [[Int]] = []
}

struct Throughput: Encodable {
    let answered: Int
    let seconds: Double
}

struct Failed: Encodable {
    let error: String
}

/// Writes an answer as a line.
func say(_ answer: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    FileHandle.standardOutput.write(try encoder.encode(answer) + Data("\n".utf8))
}

/// The next command; nil when there are no more.
func nextCommand() throws -> Command? {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try readLine().map { try decoder.decode(Command.self, from: Data($0.utf8)) }
}
