import ArgumentParser
import Foundation
import JSON
import VectorIndex
import Whiplash

/// `whiplash bench`
struct BenchCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure storing and searching, where the data is.",
        discussion: """
            Makes a project of its own, stores random vectors that lie in clusters, searches for others of the same clusters one after the \
            other, and removes the project. Recall is against exact searches of the same queries. Random vectors are \
            harder than most embeddings, and times on DynamoDB cost what requests cost.

            EXAMPLES
              whiplash bench --database bench.db
              whiplash bench --url http://127.0.0.1:8080 --count 20000 --dimension 768
              whiplash bench --json
            """)
    @OptionGroup var target: TargetOptions
    @Flag(help: "Answer in JSON.") var json = false
    @Option(help: "How many vectors are stored.") var count = 5000
    @Option(help: "Numbers of each.") var dimension = 384
    @Option(help: "How many searches are timed.") var queries = 100
    @Option(help: "Seed of the vectors.") var seed: UInt64 = 1

    func validate() throws {
        if count < 1 || queries < 1 { throw ValidationError("--count and --queries have to be 1 or more.") }
    }

    func perform() async throws {
        let database = try target.open(creating: true, attempts: 10)
        let project = "whiplash-bench-\(Int.random(in: 100_000...999_999))"
        let items = try await database.createCollection(
            NewCollection(name: "bench", featureCount: dimension), in: project)
        do {
            let figures = try await measure(items)
            try await database.deleteProject(project)
            show(figures)
        } catch {
            try? await database.deleteProject(project)
            throw error
        }
    }

    private struct Figures {
        var storedPerSecond = 0.0
        /// Of each search, in milliseconds, the shortest first.
        var times: [Double] = []
        var recall = 0.0

        func percentile(_ share: Double) -> Double {
            times[min(times.count - 1, Int(Double(times.count) * share))]
        }
    }

    private static let found = 10

    private func measure(_ items: some ItemCollection) async throws -> Figures {
        var vectors = ClusteredVectors(dimension: dimension, seed: seed)
        var figures = Figures()
        var bar = ProgressBar("Storing", total: count)
        var next = 0
        let start = ContinuousClock.now
        _ = try await Ingest(into: items).run(progress: { bar.show($0) }) {
            if next == count { return nil }
            defer { next += 1 }
            return Item(id: "\(next)", vector: vectors.next())
        }
        figures.storedPerSecond = Double(count) / ((ContinuousClock.now - start) / .seconds(1))
        bar.finish(count)
        var right = 0
        _ = try await items.search(for: vectors.next(), limit: Self.found)
        for _ in 0..<queries {
            var request = SearchRequest(query: vectors.next())
            request.limit = Self.found
            let start = ContinuousClock.now
            let found = try await items.search(request)
            figures.times.append((ContinuousClock.now - start) / .milliseconds(1))
            request.exact = true
            let truth = Set(try await items.search(request).map(\.item.id))
            right += found.count { truth.contains($0.item.id) }
        }
        figures.times.sort()
        figures.recall = Double(right) / Double(queries * min(Self.found, count))
        return figures
    }

    private func show(_ figures: Figures) {
        let (half, most) = (figures.percentile(0.5), figures.percentile(0.99))
        if json {
            return sayJSON { writer in
                writer.writeObject { writer in
                    writer.member("items", count)
                    writer.member("dimension", dimension)
                    writer.member("stored_per_second", figures.storedPerSecond.rounded())
                    writer.member("search_ms_median", half)
                    writer.member("search_ms_99th", most)
                    writer.member("recall_at_\(Self.found)", figures.recall)
                }
            }
        }
        func tenths(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }
        Terminal.say(
            """
            items, dimension      \(count), \(dimension)
            stored                \(Int(figures.storedPerSecond)) a second
            search, median        \(tenths(half)) ms
            search, 99th of 100   \(tenths(most)) ms
            recall@\(Self.found)             \((figures.recall * 1000).rounded() / 1000)
            """)
    }
}

/// Random vectors around random centres, the same for a seed.
private struct ClusteredVectors {
    private let centres: [[Float]]
    private var generator: SeededGenerator

    init(dimension: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        centres = (0..<50).map { _ in (0..<dimension).map { _ in generator.nextGaussian() } }
        self.generator = generator
    }

    mutating func next() -> [Float] {
        let centre = centres[Int(generator.next() % UInt64(centres.count))]
        return centre.map { $0 + 0.7 * generator.nextGaussian() }
    }
}
