import Foundation
import ItemFiles
import JSON
import Testing
import Whiplash

@Suite struct JSONLinesReaderTests {
    @Test("Blank lines, CRLF, a byte order mark and a last line without an end are read")
    func oddities() throws {
        let folder = try Folder()
        let path = try folder.file(
            "a",
            "\u{FEFF}{\"id\":\"a\",\"vector\":[1,2.5]}\r\n\r\n  \n{\"vector\":\"AACAPwAAIMA=\",\"id\":\"b\",\"text\":null}"
        )
        let reader = try JSONLinesReader(path)
        #expect(
            try reader.rest() == [Item(id: "a", vector: [1, 2.5]), Item(id: "b", vector: [1, -2.5])])
    }

    @Test(
        "A line that is no item is told by its number and what is wrong",
        arguments: [
            ("{\"id\":\"b\",\"vector\":[1,]}", "not JSON"),
            ("{\"id\":\"b\"}", "'vector' is needed and missing"),
            ("{\"vector\":[1]}", "'id' is needed and missing"),
            ("{\"id\":\"b\",\"vector\":[1],\"vektor\":[1]}", "vektor: no field of an item"),
            ("{\"id\":\"b\",\"vector\":[1],\"id\":\"c\"}", "there twice"),
            ("{\"id\":\"b\",\"vector\":[1],\"metadata\":[]}", "metadata: expected an object"),
            ("{\"id\":\"b\",\"vector\":\"AAA=\"}", "four bytes each"),
            ("{\"id\":\"b\",\"vector\":[1e39]}", "out of range"),
            ("[1]", "expected an object"), ("{\"id\":\"b\",\"vector\":[NaN]}", "NaN"),
        ])
    func faults(line: String, reason: String) throws {
        let folder = try Folder()
        let reader = try JSONLinesReader(try folder.file("a", "{\"id\":\"a\",\"vector\":[1]}\n\n\(line)\n"))
        _ = try reader.next()
        do {
            _ = try reader.next()
            Issue.record("it was read")
        } catch {
            #expect("\(error)".contains("line 3") && "\(error)".contains(reason), "\(error)")
        }
    }

    @Test(
        "Of a file that is compressed, whatever its name, it is told what unpacks it",
        arguments: [
            ([0x1F, 0x8B, 8, 0], "zcat"), ([0x28, 0xB5, 0x2F, 0xFD], "zstdcat"),
            (Array("BZh91AY&SY".utf8), "bzcat"),
            ([0xFD] + Array("7zXZ".utf8) + [0], "xzcat"), (Array("PK".utf8) + [3, 4], "unzip -p"),
        ] as [([UInt8], String)])
    func compressed(bytes: [UInt8], unpacker: String) throws {
        let folder = try Folder()
        let path = try folder.file("a", bytes + [1, 2, 3, 10])
        let readings: [() throws -> Void] = [
            { _ = try JSONLinesReader(path).next() }, { _ = try CSVReader(path) },
            { _ = try NumPyReader(path, ids: .numbers) },
        ]
        for reading in readings {
            do {
                try reading()
                Issue.record("it was read")
            } catch {
                #expect(
                    "\(error)".contains("compressed") && "\(error)".contains("\(unpacker) \(path)"),
                    "\(error)")
            }
        }
    }

    @Test(
        "The first item can be looked at, and is read all the same, with the positions that it would have without"
    )
    func firstItem() throws {
        let folder = try Folder()
        let path = try folder.file(
            "a", "{\"id\":\"a\",\"vector\":[1]}\n\n{\"id\":\"b\",\"vector\":[2]}\n")
        let (plain, looking) = (try JSONLinesReader(path), FirstItemReader(try JSONLinesReader(path)))
        #expect(try looking.look() == Item(id: "a", vector: [1]))
        for _ in 0..<3 {
            #expect(plain.position == looking.position)
            #expect(try plain.next() == looking.next())
        }
        #expect(try FirstItemReader(JSONLinesReader(try folder.file("b", "\n"))).look() == nil)
    }

    @Test func missingFilesAndFoldersAreTold() throws {
        let folder = try Folder()
        #expect(throws: ItemFileError.self) { try JSONLinesReader(folder.path("none")) }
        #expect(throws: ItemFileError.self) { try JSONLinesReader(folder.url.path) }
    }
}

@Suite struct CSVReaderTests {
    private func read(_ text: String, _ change: (inout CSVReader.Options) -> Void = { _ in }) throws -> [Item]
    {
        let folder = try Folder()
        var options = CSVReader.Options()
        change(&options)
        return try CSVReader(try folder.file("a.csv", text), options).rest()
    }

    @Test("Quotes, breaks inside of them, empty lines, all ends of lines, and a byte order mark")
    func oddities() throws {
        let text =
            "\u{FEFF}id,text,vector\r\n\"a,\"\"b\"\"\",\"two\r\nlines\",\"[1, 2]\"\n\nc,\"\",AACAPwAAIMA=\rd,,\"[3,4]\""
        #expect(
            try read(text) == [
                Item(id: "a,\"b\"", vector: [1, 2], text: "two\r\nlines"),
                Item(id: "c", vector: [1, -2.5], text: ""), Item(id: "d", vector: [3, 4]),
            ])
    }

    @Test("Columns of components are taken by their numbers, not by their places")
    func components() throws {
        let numbers = (0..<12).map { "v\($0)" }.reversed().joined(separator: ",")
        let values = (0..<12).map { "\($0).5" }.reversed().joined(separator: ",")
        #expect(
            try read("\(numbers),id\n\(values),a\n") == [
                Item(id: "a", vector: (0..<12).map { Float($0) + 0.5 })
            ])
        #expect(
            try read("key;d_1;d_2\na; 1e-3 ;-2\n") {
                ($0.delimiter, $0.idColumn, $0.componentPrefix) = (UInt8(ascii: ";"), "key", "d_")
            } == [Item(id: "a", vector: [0.001, -2])])
    }

    @Test("Other columns are refused, left out, or kept as metadata")
    func otherColumns() throws {
        let text = "id,v0,year,metadata,empty\na,1,1851,\"{\"\"k\"\": [1.0]}\",\nb,2,,,\n"
        #expect(throws: ItemFileError.self) { try read(text) }
        let ignored = try read(text) { $0.otherColumns = .ignore }
        #expect(ignored.map { $0.metadata?.text } == ["{\"k\": [1.0]}", nil])
        let kept = try read(text) { $0.otherColumns = .metadata }
        #expect(kept.map { $0.metadata?.text } == ["{\"k\":[1.0],\"year\":\"1851\"}", nil])
    }

    @Test(
        "Fields as JSON writes numbers and truth values become these where that is wished for, and keep their digits"
    )
    func typedColumns() throws {
        let values = [
            "1815", "-0.50", "1e3", "true", "false", "007", "1,5", "TRUE", "null", "1.", " 1", "\"1815\"",
            "- 1", "1 2",
        ]
        let rows = values.map { "a;1;\($0)\n" }.joined()
        let typed = try read("id;v0;x\n" + rows) {
            ($0.delimiter, $0.otherColumns, $0.typed) = (UInt8(ascii: ";"), .metadata, true)
        }
        let expected = [
            "1815", "-0.50", "1e3", "true", "false", "\"007\"", "\"1,5\"", "\"TRUE\"", "\"null\"", "\"1.\"",
            "\" 1\"", "\"1815\"", "\"- 1\"", "\"1 2\"",
        ]
        #expect(typed.map { $0.metadata?.text } == expected.map { "{\"x\":\($0)}" })
        let strings = try read("id;v0;x\na;1;1815\n") {
            ($0.delimiter, $0.otherColumns) = (UInt8(ascii: ";"), .metadata)
        }
        #expect(strings.map { $0.metadata?.text } == ["{\"x\":\"1815\"}"])
    }

    @Test(
        "What cannot be read is told with its line",
        arguments: [
            ("", "no header line"), ("a,b\n", "no column 'id'"), ("id\na\n", "no column 'vector'"),
            ("id,id,v0\n", "twice"), ("id,v0\na,1\nb\n", "line 3: 1 fields, the header has 2"),
            ("id,v0\na,x\n", "line 2: field 2 is no finite number"), ("id,v0\na,nan\n", "no finite number"),
            ("id,v0\na,\n", "no finite number"),
            ("id,v0\n\"a\"b,1\n", "line 2: something follows a closing quote"),
            ("id,v0\na,1\n\n\"b,1\nc,2\n", "line 4: a quote that is not closed"),
            ("id,vector\na,\"[1,\"\n", "line 2: the vector: "), ("id,vector\na,*\n", "expected base64"),
            ("id,v0,metadata\na,1,[]\n", "line 2: the metadata is no JSON object"),
        ])
    func faults(text: String, reason: String) throws {
        do {
            _ = try read(text)
            Issue.record("it was read: \(text)")
        } catch {
            #expect("\(error)".contains(reason), "\(error)")
        }
    }

    @Test func textThatIsNotUTF8IsRefused() throws {
        let folder = try Folder()
        let path = try folder.file("a.csv", Array("id,v0\n".utf8) + [0xE9] + Array(",1\n".utf8))
        #expect(throws: ItemFileError.self) { try CSVReader(path).rest() }
    }
}

@Suite struct NumPyReaderTests {
    private func header(_ text: String, version: UInt8 = 1) -> [UInt8] {
        let length = version == 1 ? [UInt8(text.utf8.count), 0] : [UInt8(text.utf8.count), 0, 0, 0]
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(text.utf8)
    }

    private func dictionary(_ kind: String, _ shape: String, order: String = "False") -> String {
        "{'descr': '\(kind)', 'fortran_order': \(order), 'shape': \(shape), }\n"
    }

    @Test(
        "float16, float32 and float64 are read in each version of the format",
        arguments: [1, 2, 3] as [UInt8])
    func kinds(version: UInt8) throws {
        let folder = try Folder()
        // 1, -2.5, the least and the largest finite number of float16.
        let halves: [UInt16] = [0x3C00, 0xC100, 0x0001, 0x7BFF]
        let doubles: [Double] = [1, -2.5, 0x1p-24, 0.1]
        let files: [(String, [UInt8], [Float])] = [
            ("<f2", halves.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }, [1, -2.5, 0x1p-24, 65504]),
            (
                "<f8", doubles.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) },
                [1, -2.5, 0x1p-24, 0.1]
            ),
        ]
        for (kind, bytes, values) in files {
            let path = try folder.file("a.npy", header(dictionary(kind, "(2, 2)"), version: version) + bytes)
            let items = try NumPyReader(path, ids: .numbers).rest()
            #expect(items.map(\.id) == ["0", "1"])
            #expect(items.flatMap(\.vector) == values)
        }
    }

    @Test(
        "A file that is not as needed is told why",
        arguments: [
            (">f4", "(1, 2)", "False", 8, "little-endian"), ("<i4", "(1, 2)", "False", 8, "float16"),
            ("<f4", "(1, 2)", "True", 8, "Fortran"), ("<f4", "(2,)", "False", 8, "two dimensions"),
            ("<f4", "(1, 2, 1)", "False", 8, "two dimensions"),
            ("<f4", "(1, 2)", "False", 7, "7 bytes are there"),
            ("<f4", "(1, 2)", "False", 9, "9 bytes are there"),
            ("<f4", "(-1, 2)", "False", 8, "cannot be read"),
        ])
    func faults(kind: String, shape: String, order: String, size: Int, reason: String) throws {
        let folder = try Folder()
        let bytes = header(dictionary(kind, shape, order: order)) + [UInt8](repeating: 0, count: size)
        let path = try folder.file("a.npy", bytes)
        do {
            _ = try NumPyReader(path, ids: .numbers)
            Issue.record("it was opened")
        } catch {
            #expect("\(error)".contains(reason), "\(error)")
        }
        #expect(throws: ItemFileError.self) {
            try NumPyReader(try folder.file("b.npy", "no array at all"), ids: .numbers)
        }
    }

    @Test("Ids that are more or fewer than the rows are told")
    func idCounts() throws {
        let folder = try Folder()
        let path = try folder.file(
            "a.npy", header(dictionary("<f4", "(2, 1)")) + [UInt8](repeating: 0, count: 8))
        let three = try folder.file("ids", "a\nb\r\nc\n")
        let one = try folder.file("id", "a")
        #expect(throws: ItemFileError.self) { try NumPyReader(path, ids: .lines(three)).rest() }
        #expect(throws: ItemFileError.self) { try NumPyReader(path, ids: .lines(one)).rest() }
        let two = try folder.file("two", "a\nb\r\n")
        #expect(try NumPyReader(path, ids: .lines(two)).rest().map(\.id) == ["a", "b"])
    }
}
