import Storage
import Synchronization
import VectorIndex

/// What a search writes down of itself, where it is to explain itself.
///
/// The rankings of a vector and of words come at the same time; each is in one stage at a time.
final class SearchTrace: Sendable {
    enum VectorStage { case following, sketches, vectors }
    enum WordsStage { case candidates, texts }

    private struct State {
        var explanation = SearchExplanation()
        var vector: (stage: VectorStage, since: ContinuousClock.Instant)?
        var words: (stage: WordsStage, since: ContinuousClock.Instant)?
    }

    let meter = StoreMeter()
    let trips = RoundTrips()
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    func noteVector(_ change: (inout SearchExplanation.VectorPart) -> Void) {
        state.withLock { state in
            var part = state.explanation.vector ?? SearchExplanation.VectorPart()
            change(&part)
            state.explanation.vector = part
        }
    }

    func noteWords(_ change: (inout SearchExplanation.WordsPart) -> Void) {
        state.withLock { state in
            var part = state.explanation.words ?? SearchExplanation.WordsPart()
            change(&part)
            state.explanation.words = part
        }
    }

    /// Ends the stage that the ranking by vectors is in, and begins another; nil for none.
    func enter(_ stage: VectorStage?) {
        let now = ContinuousClock.now
        let ended = state.withLock { state in
            defer { state.vector = stage.map { ($0, now) } }
            return state.vector
        }
        guard let (ended, since) = ended else { return }
        noteVector { part in
            switch ended {
            case .following: part.times.following += now - since
            case .sketches: part.times.sketches += now - since
            case .vectors: part.times.vectors += now - since
            }
        }
    }

    /// Ends the stage that the ranking by words is in, and begins another; nil for none.
    func enterWords(_ stage: WordsStage?) {
        let now = ContinuousClock.now
        let ended = state.withLock { state in
            defer { state.words = stage.map { ($0, now) } }
            return state.words
        }
        guard let (ended, since) = ended else { return }
        noteWords { part in
            switch ended {
            case .candidates: part.times.candidates += now - since
            case .texts: part.times.texts += now - since
            }
        }
    }

    /// A round of reading so many vectors.
    func noteRound(vectors count: Int) {
        noteVector { part in
            part.roundCount += 1
            part.rerankedCount += count
        }
    }

    /// A round of reading so many texts.
    func noteRound(texts count: Int) {
        noteWords { part in
            part.roundCount += 1
            part.rerankedCount += count
        }
    }

    func note(_ plan: SearchPlan, _ index: CollectionIndex) {
        noteVector { part in
            (part.path, part.layer, part.bitCount, part.rangeCount) = (.whole, nil, nil, nil)
            guard case .ranges(let ranges) = plan, let depth = ranges.first?.depth, depth > 0 else { return }
            (part.path, part.bitCount, part.rangeCount) = (.ranges, depth, ranges.count)
            if case .random = index.read.planes { part.layer = index.layers.layer(ofDepth: depth) }
        }
    }

    /// What is written down at the end.
    func explanation(_ prices: PriceList) -> SearchExplanation {
        enter(nil)
        enterWords(nil)
        var explanation = state.withLock { $0.explanation }
        explanation.time = .now - start
        explanation.usage = meter.usage
        explanation.roundTripCount = trips.count
        explanation.cost = StoreCost(explanation.usage, prices)
        return explanation
    }
}

extension Layers {
    /// The first layer of this depth; nil when there is none.
    fileprivate func layer(ofDepth depth: Int) -> Int? {
        (0...HashKey.bitCount).first { self.depth(of: $0) == depth }
    }
}
