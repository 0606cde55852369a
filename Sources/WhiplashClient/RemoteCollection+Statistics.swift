import JSON
import Whiplash

extension RemoteCollection {
    /// What the process that answers knows: on AWS another may hold other sketches in memory.
    public func statistics() async throws(WhiplashError) -> CollectionStatistics {
        do {
            let answer = try await connection.send("GET", path + "/stats", about: subject)
            return try connection.read(answer.body) { reader throws(JSONError) in
                try CollectionStatistics(json: &reader)
            }
        } catch {
            throw error.error
        }
    }
}

extension CollectionStatistics {
    /// Reads what the API says. Members of a later version are passed over.
    init(json reader: inout JSONReader) throws(JSONError) {
        self.init(
            generation: 0, tuning: Tuning(state: ""), cache: Cache(state: .cold, budgetBytes: 0))
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "items": items = try reader.readUnlessNull(Count.init)
            case "groups": groups = try reader.readUnlessNull(Count.init)
            case "bytes": try readBytes(&reader)
            case "generation": generation = try reader.readInteger()
            case "tuning": tuning = try Tuning(json: &reader)
            case "last_tuning": lastTuning = try reader.readUnlessNull(LastTuning.init)
            case "buckets": buckets = try reader.readUnlessNull(Buckets.init)
            case "cache": cache = try Cache(json: &reader)
            case "maintenance": maintenance = try Maintenance(json: &reader)
            case "totals": try readTotals(&reader)
            default: try reader.skip()
            }
        }
    }

    private mutating func readTotals(_ reader: inout JSONReader) throws(JSONError) {
        var since: Int64 = 0
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "since": since = Int64(try reader.readInteger())
            case "collection": totals = try StoreTotals(json: &reader)
            case "key":
                keyTotals = try reader.readUnlessNull { reader throws(JSONError) in
                    try StoreTotals(json: &reader)
                }
            default: try reader.skip()
            }
        }
        totals.since = since
        keyTotals?.since = since
    }

    private mutating func readBytes(_ reader: inout JSONReader) throws(JSONError) {
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "vectors": vectorBytes = try reader.readIntegerOrNull()
            case "sketches": sketchBytes = try reader.readIntegerOrNull()
            default: try reader.skip()
            }
        }
    }
}

extension CollectionStatistics.Count {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        self.init(0, .atLeast)
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "count": value = try reader.readInteger()
            case "source": source = try reader.readWord(Source.self)
            default: try reader.skip()
            }
        }
    }
}

extension LastTuning {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        self.init(state: "", generation: 0, filledCount: 0, finishedAt: 0)
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "state": state = try reader.readString()
            case "generation": generation = try reader.readInteger()
            case "filled": filledCount = try reader.readInteger()
            case "finished_at": finishedAt = Int64(try reader.readInteger())
            default: try reader.skip()
            }
        }
    }
}

extension CollectionStatistics.Tuning {
    fileprivate init(json reader: inout JSONReader) throws(JSONError) {
        self.init(state: "")
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "state": state = try reader.readString()
            case "filled": filledCount = try reader.readInteger()
            case "started_at": startedAt = try reader.readIntegerOrNull().map { Int64($0) }
            default: try reader.skip()
            }
        }
    }
}

extension CollectionStatistics.Buckets {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "bits": bitCount = try reader.readInteger()
            case "empty": emptyCount = try reader.readInteger()
            case "largest": largest = try reader.readInteger()
            case "sizes":
                try reader.readArray { _, reader throws(JSONError) in
                    sizes.append(try Size(json: &reader))
                }
            default: try reader.skip()
            }
        }
    }
}

extension CollectionStatistics.Buckets.Size {
    fileprivate init(json reader: inout JSONReader) throws(JSONError) {
        self.init(rowCount: 0, bucketCount: 0)
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "rows": rowCount = try reader.readInteger()
            case "buckets": bucketCount = try reader.readInteger()
            default: try reader.skip()
            }
        }
    }
}

extension CollectionStatistics.Cache {
    fileprivate init(json reader: inout JSONReader) throws(JSONError) {
        self.init(state: .cold, budgetBytes: 0)
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "state": state = try reader.readWord(State.self)
            case "bytes": byteCount = try reader.readInteger()
            case "budget": budgetBytes = try reader.readInteger()
            case "checked_at": checkedAt = try reader.readIntegerOrNull().map { Int64($0) }
            default: try reader.skip()
            }
        }
    }
}

extension CollectionStatistics.Maintenance {
    fileprivate init(json reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "tuned_items": tunedCount = try reader.readIntegerOrNull()
            case "verified_at": verifiedAt = try reader.readIntegerOrNull().map { Int64($0) }
            case "verifying": isVerifying = try reader.readBool()
            default: try reader.skip()
            }
        }
    }
}

extension JSONReader {
    mutating func readIntegerOrNull() throws(JSONError) -> Int? {
        try readUnlessNull { reader throws(JSONError) in try reader.readInteger() }
    }

    mutating func readWord<Word: RawRepresentable<String>>(
        _ type: Word.Type
    ) throws(JSONError) -> Word {
        let text = try readString()
        if let word = Word(rawValue: text) { return word }
        throw mismatch(expected: "a word that this version knows", received: "'\(text)'")
    }
}
