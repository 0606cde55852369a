import JSON
import Whiplash

extension CollectionStatistics: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("items", orNull: items)
            writer.member("groups", orNull: groups)
            writer.key("bytes")
            writer.writeObject { writer in
                writer.member("vectors", orNull: vectorBytes)
                writer.member("sketches", orNull: sketchBytes)
            }
            writer.member("generation", generation)
            writer.member("tuning", tuning)
            writer.member("last_tuning", orNull: lastTuning)
            writer.member("buckets", orNull: buckets)
            writer.member("cache", cache)
            writer.member("maintenance", maintenance)
            writer.key("totals")
            writer.writeObject { writer in
                writer.member("since", totals.since)
                writer.member("collection", totals)
                writer.member("key", orNull: keyTotals)
            }
        }
    }
}

extension CollectionStatistics.Count: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("count", value)
            writer.member("source", source.rawValue)
        }
    }
}

extension CollectionStatistics.Tuning: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("state", state)
            writer.member("filled", filledCount)
            writer.member("started_at", orNull: startedAt)
        }
    }
}

extension LastTuning: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("state", state)
            writer.member("generation", generation)
            writer.member("filled", filledCount)
            writer.member("finished_at", finishedAt)
        }
    }
}

extension CollectionStatistics.Buckets: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("bits", bitCount)
            writer.member("empty", emptyCount)
            writer.member("largest", largest)
            writer.key("sizes")
            writer.writeArray { writer in
                for size in sizes {
                    writer.writeObject { writer in
                        writer.member("rows", size.rowCount)
                        writer.member("buckets", size.bucketCount)
                    }
                }
            }
        }
    }
}

extension CollectionStatistics.Cache: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("state", state.rawValue)
            writer.member("bytes", byteCount)
            writer.member("budget", budgetBytes)
            writer.member("checked_at", orNull: checkedAt)
        }
    }
}

extension CollectionStatistics.Maintenance: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("tuned_items", orNull: tunedCount)
            writer.member("verified_at", orNull: verifiedAt)
            writer.member("verifying", isVerifying)
        }
    }
}
