import JSON
import Storage
import Testing
import Whiplash

@testable import API
@testable import WhiplashClient

/// What the API writes the client reads, every member of it.
@Suite struct ExplanationTests {
    private var usage: StoreUsage {
        var usage = StoreUsage()
        (usage.calls, usage.rowsRead, usage.bytesRead, usage.rowsWritten, usage.bytesWritten) = (
            1, 2, 3, 4, 5
        )
        var units = StoreUsage.Units()
        (units.requests, units.read, units.write) = (6, 7.5, 8)
        usage.units = units
        return usage
    }

    private let cost = StoreCost(dollars: 1.25e-7, priceDate: "2027-01-01")

    private func read<Value>(
        _ value: some JSONWritable, _ body: (inout JSONReader) throws(JSONError) -> Value
    ) throws -> Value {
        try JSONReader.read(JSONWriter.bytes(value), body)
    }

    @Test func explanationsAreReadAsWritten() throws {
        var told = SearchExplanation()
        var vector = SearchExplanation.VectorPart()
        (vector.path, vector.cache, vector.layer, vector.bitCount, vector.rangeCount) = (
            .ranges, .tooLarge, 1, 10, 3
        )
        (vector.sketchCount, vector.candidateCount, vector.rerankedCount, vector.roundCount) = (9, 8, 7, 2)
        (vector.staleCount, vector.refusedCount) = (4, 5)
        vector.times.following = .microseconds(11)
        vector.times.sketches = .microseconds(22)
        vector.times.vectors = .milliseconds(33)
        var words = SearchExplanation.WordsPart()
        (words.path, words.termCount, words.postingCount, words.scannedCount) = (.exhaustive, 1, 2, 3)
        (words.candidateCount, words.rerankedCount, words.roundCount) = (4, 5, 6)
        (words.staleCount, words.refusedCount) = (7, 8)
        (words.times.candidates, words.times.texts) = (.microseconds(1_500), .seconds(2))
        (told.vector, told.words, told.usage, told.cost) = (vector, words, usage, cost)
        (told.roundTripCount, told.time, told.usage.time) = (12, .microseconds(1_234), .microseconds(999))
        #expect(try read(told) { reader throws(JSONError) in try SearchExplanation(json: &reader) } == told)
        let least = SearchExplanation()
        #expect(try read(least) { reader throws(JSONError) in try SearchExplanation(json: &reader) } == least)
    }

    @Test func totalsAreReadAsWritten() throws {
        var statistics = CollectionStatistics(
            generation: 0, tuning: .init(state: "random"), cache: .init(state: .cold, budgetBytes: 1))
        statistics.totals = StoreTotals(since: 1_800_000_000_000, usage: usage, cost: cost)
        statistics.keyTotals = StoreTotals(since: 1_800_000_000_000)
        #expect(
            try read(statistics) { reader throws(JSONError) in try CollectionStatistics(json: &reader) }
                == statistics)
    }
}
