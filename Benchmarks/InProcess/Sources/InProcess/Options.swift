import Foundation

/// The flags that `benchmark.workload` gives every worker: `--name value`.
struct Options {
    let folder: String
    let base: String
    let queries: String
    /// Rows of the base to have in the end, and how many of them are there already.
    let (count, start): (Int, Int)
    let queryCount: Int
    let dimension: Int
    let limit: Int
    /// Of `groups`.
    let vectorType: String

    init(_ words: some Sequence<String>) throws {
        var values: [String: String] = [:]
        var words = words.makeIterator()
        while let flag = words.next(), let value = words.next() { values[flag] = value }
        func text(_ flag: String) throws -> String {
            guard let value = values[flag] else { throw Failure("\(flag) is missing") }
            return value
        }
        func number(_ flag: String) throws -> Int {
            guard let value = Int(try text(flag)) else { throw Failure("\(flag) is no number") }
            return value
        }
        folder = try text("--folder")
        (base, queries) = (try text("--base"), try text("--queries"))
        (count, start) = (try number("--count"), try number("--start"))
        queryCount = try number("--query-count")
        dimension = try number("--dimension")
        limit = try number("--limit")
        vectorType = values["--vector-type"] ?? "float32"
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
