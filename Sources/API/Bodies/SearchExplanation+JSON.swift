import JSON
import Storage
import Whiplash

extension SearchExplanation: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("vector", orNull: vector)
            writer.member("words", orNull: words)
            writer.member("round_trips", roundTripCount)
            writer.key("milliseconds")
            writer.writeObject { writer in
                writer.member("total", time.milliseconds)
                writer.member("store", usage.time.milliseconds)
            }
            writer.key("store")
            writer.write(usage, cost)
        }
    }
}

extension SearchExplanation.VectorPart: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("path", path.rawValue)
            writer.member("cache", orNull: cache?.rawValue)
            writer.member("layer", orNull: layer)
            writer.member("bits", orNull: bitCount)
            writer.member("ranges", orNull: rangeCount)
            writer.member("sketches", sketchCount)
            writer.member("candidates", candidateCount)
            writer.member("reranked", rerankedCount)
            writer.member("rounds", roundCount)
            writer.member("stale", staleCount)
            writer.member("refused", refusedCount)
            writer.key("milliseconds")
            writer.writeObject { writer in
                writer.member("following", times.following.milliseconds)
                writer.member("sketches", times.sketches.milliseconds)
                writer.member("vectors", times.vectors.milliseconds)
            }
        }
    }
}

extension SearchExplanation.WordsPart: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("path", path.rawValue)
            writer.member("terms", termCount)
            writer.member("postings", postingCount)
            writer.member("scanned", scannedCount)
            writer.member("candidates", candidateCount)
            writer.member("reranked", rerankedCount)
            writer.member("rounds", roundCount)
            writer.member("stale", staleCount)
            writer.member("refused", refusedCount)
            writer.key("milliseconds")
            writer.writeObject { writer in
                writer.member("candidates", times.candidates.milliseconds)
                writer.member("texts", times.texts.milliseconds)
            }
        }
    }
}

extension Duration {
    /// To the microsecond.
    fileprivate var milliseconds: Double { (self / .microseconds(1)).rounded() / 1000 }
}
