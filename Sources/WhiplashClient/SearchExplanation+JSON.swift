import JSON
import Storage
import VectorIndex
import Whiplash

extension SearchAnswer {
    /// Reads matches alone, or `{"matches": […], "explain": {…}}`.
    init(json reader: inout JSONReader, _ metric: Metric) throws(JSONError) {
        self.init(matches: [])
        if try reader.peekKind() == .array {
            matches = try [Match](json: &reader, metric)
            return
        }
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "matches": matches = try [Match](json: &reader, metric)
            case "explain": explanation = try SearchExplanation(json: &reader)
            default: try reader.skip()
            }
        }
    }
}

extension SearchExplanation {
    /// Reads what the API says. Members of a later version are passed over.
    init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "vector": vector = try reader.readUnlessNull(VectorPart.init)
            case "words": words = try reader.readUnlessNull(WordsPart.init)
            case "round_trips": roundTripCount = try reader.readInteger()
            case "store": try usage.read(&reader, &cost)
            case "milliseconds":
                try reader.readMilliseconds { name, time in
                    if name == "total" { self.time = time } else if name == "store" { usage.time = time }
                }
            default: try reader.skip()
            }
        }
    }
}

extension SearchExplanation.VectorPart {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "path": path = try reader.readWord(Path.self)
            case "cache":
                cache = try reader.readUnlessNull { reader throws(JSONError) in
                    try reader.readWord(CollectionStatistics.Cache.State.self)
                }
            case "layer": layer = try reader.readIntegerOrNull()
            case "bits": bitCount = try reader.readIntegerOrNull()
            case "ranges": rangeCount = try reader.readIntegerOrNull()
            case "sketches": sketchCount = try reader.readInteger()
            case "candidates": candidateCount = try reader.readInteger()
            case "reranked": rerankedCount = try reader.readInteger()
            case "rounds": roundCount = try reader.readInteger()
            case "stale": staleCount = try reader.readInteger()
            case "refused": refusedCount = try reader.readInteger()
            case "milliseconds": try readTimes(&reader)
            default: try reader.skip()
            }
        }
    }

    private mutating func readTimes(_ reader: inout JSONReader) throws(JSONError) {
        try reader.readMilliseconds { name, time in
            switch name {
            case "following": times.following = time
            case "sketches": times.sketches = time
            case "vectors": times.vectors = time
            default: break
            }
        }
    }
}

extension SearchExplanation.WordsPart {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "path": path = try reader.readWord(Path.self)
            case "terms": termCount = try reader.readInteger()
            case "postings": postingCount = try reader.readInteger()
            case "scanned": scannedCount = try reader.readInteger()
            case "candidates": candidateCount = try reader.readInteger()
            case "reranked": rerankedCount = try reader.readInteger()
            case "rounds": roundCount = try reader.readInteger()
            case "stale": staleCount = try reader.readInteger()
            case "refused": refusedCount = try reader.readInteger()
            case "milliseconds":
                try reader.readMilliseconds { name, time in
                    if name == "candidates" { times.candidates = time }
                    if name == "texts" { times.texts = time }
                }
            default: try reader.skip()
            }
        }
    }
}

extension JSONReader {
    /// Reads an object of times by name.
    fileprivate mutating func readMilliseconds(
        _ keep: (String, Duration) -> Void
    ) throws(JSONError) {
        try readObject { name, reader throws(JSONError) in
            let microseconds = (try reader.readDouble() * 1000).rounded()
            // What is no time is none.
            keep(name, .microseconds(Int64(exactly: microseconds) ?? 0))
        }
    }
}
