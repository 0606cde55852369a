import Testing

@testable import WhiplashSettings

@Suite struct DotEnvTests {
    @Test(
        arguments: [
            ("", [:]), ("# only a comment", [:]), ("A=1", ["A": "1"]),
            ("A=1\r\nB=2\r\n", ["A": "1", "B": "2"]),
            ("  A = 1  ", ["A": "1"]), ("export A=1", ["A": "1"]), ("export\tA=1", ["A": "1"]),
            ("exported=1", ["exported": "1"]), ("export=1", ["export": "1"]), ("A=", ["A": ""]),
            ("A=  # nothing", ["A": ""]), ("A=1 # one", ["A": "1"]), ("A=1#2", ["A": "1#2"]),
            ("A=a b", ["A": "a b"]), ("A=a=b", ["A": "a=b"]), ("A='a # b' # c", ["A": "a # b"]),
            (#"A="a # b""#, ["A": "a # b"]), (#"A='\n'"#, ["A": #"\n"#]),
            (#"A="\n\t\"\\\w""#, ["A": "\n\t\"\\\\w"]), ("A=\"\"", ["A": ""]),
            ("A=$HOME/${X}", ["A": "$HOME/${X}"]), ("A=1\nA=2", ["A": "2"]), ("\u{FEFF}A=é", ["A": "é"]),
            ("A_1=it's", ["A_1": "it's"]),
        ] as [(String, [String: String])])
    func reads(text: String, values: [String: String]) throws {
        #expect(try DotEnv(parsing: text).values == values)
    }

    @Test(arguments: [
        "A", "A b=1", "=1", "1A=2", "É=1", "A='open", #"A="open"#, #"A="open\"#, "A='x'y", "A-B=1", "A='x'#y",
    ])
    func refusesOtherLines(line: String) {
        #expect(throws: SettingsError.self) { try DotEnv(parsing: line) }
    }

    @Test func everyBadLineIsToldByItsNumberAndNeverShown() {
        let error = #expect(throws: SettingsError.self) {
            try DotEnv(parsing: "A=1\nsecret one\n\nB='secret two\n")
        }
        #expect(
            error?.description == """
                These settings cannot be used:
                  .env line 2: expected NAME=value, received something else
                  .env line 4: expected NAME=value, received something else
                """)
    }
}
