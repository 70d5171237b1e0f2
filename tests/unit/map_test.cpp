// The table of floors in lib/README.md and the map in the README of each folder against the tree:
// floors, foreign doors, and which files there are.
#include "base/encoding.h"
#include "source_tree.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

namespace {

using test::lines_of;
using test::SourceFile;
using Findings = std::vector<std::string>;

struct Floor {
    std::string number{};
    bool all = false; // may include everything
    std::set<std::string, std::less<>> may_include{};
};
using Floors = std::map<std::string, Floor, std::less<>>;
// Which files, by base name, the map has in each folder.
using Map = std::map<std::string, std::set<std::string>, std::less<>>;

std::vector<std::string> cells_of(std::string_view row) {
    std::vector<std::string> cells;
    row.remove_prefix(1);
    while (!row.empty()) {
        auto const end = std::min(row.find('|'), row.size());
        cells.emplace_back(trim(row.substr(0, end)));
        row.remove_prefix(std::min(end + 1, row.size()));
    }
    return cells;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (!(text = trim(text)).empty()) {
        auto const end = std::min(text.find(' '), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return words;
}

// The table whose head is floor, folder, is, may include.
Floors parse_floors(std::string_view readme) {
    Floors floors;
    bool inside = false;
    for (auto const line : lines_of(readme)) {
        if (!line.starts_with('|')) {
            inside = false;
            continue;
        }
        auto const cells = cells_of(line);
        if (cells.size() < 4) continue;
        if (inside && !cells[0].starts_with('-')) {
            Floor floor{.number = cells[0]};
            for (auto const& word : words_of(cells[3])) {
                if (word == "all") floor.all = true;
                if (word != "all" && word != "-") floor.may_include.insert(word);
            }
            floors.emplace(cells[1], std::move(floor));
        }
        inside = inside || (cells[0] == "floor" && cells[3] == "may include");
    }
    return floors;
}

// Entries "- `name` role" below "## The map".
std::set<std::string> parse_map(std::string_view readme) {
    std::set<std::string> names;
    bool inside = false;
    for (auto const line : lines_of(readme)) {
        if (line.starts_with("## ")) inside = line == "## The map";
        if (!inside || !line.starts_with("- `")) continue;
        auto const name = line.substr(3);
        names.emplace(name.substr(0, name.find('`')));
    }
    return names;
}

// "lib/base/log.h" → "base", "lib/service/access/gate.h" → "service/access"; empty for a file that
// lies in no folder of lib.
std::string folder_of(std::string_view path) {
    constexpr std::string_view k_lib = "lib/";
    if (!path.starts_with(k_lib)) return {};
    path.remove_prefix(k_lib.size());
    auto const slash = path.rfind('/');
    return std::string(slash == std::string_view::npos ? "" : path.substr(0, slash));
}

// The row of the table that a folder belongs to: its own, or that of the nearest folder around it.
Floors::const_iterator row_of(std::string folder, Floors const& floors) {
    while (!floors.contains(folder) && folder.find('/') != std::string::npos)
        folder.resize(folder.rfind('/'));
    return floors.find(folder);
}

// What stands between the quotes or angle brackets, with its opening sign: "\"base/log.h",
// "<vector".
std::vector<std::string_view> includes_of(std::string_view text) {
    std::vector<std::string_view> all;
    for (auto line : lines_of(text)) {
        line = trim(line);
        if (!line.starts_with('#')) continue;
        line = trim(line.substr(1));
        constexpr std::string_view k_include = "include";
        if (!line.starts_with(k_include)) continue;
        line = trim(line.substr(k_include.size()));
        if (line.empty()) continue;
        auto const end = line.find(line.front() == '<' ? '>' : '"', 1);
        all.push_back(line.substr(0, end));
    }
    return all;
}

Findings broken_floors(SourceFile const& file, Floors const& floors) {
    Findings found;
    auto const floor = row_of(folder_of(file.path), floors);
    if (floor == floors.end()) return {file.path + " lies in a folder that the table lacks"};
    auto const& [own, row] = *floor;
    for (auto include : includes_of(file.text)) {
        if (!include.starts_with('"')) continue;
        include.remove_prefix(1);
        auto const slash = include.rfind('/');
        if (slash == std::string_view::npos) {
            found.push_back(file.path + " includes " + std::string(include) +
                            " without its folder");
            continue;
        }
        auto const other = row_of(std::string(include.substr(0, slash)), floors);
        if (other == floors.end())
            found.push_back(file.path + " includes " + std::string(include) + " from no floor");
        else if (other != floor && !row.all && !row.may_include.contains(other->first))
            found.push_back(file.path + " may not include " + std::string(include));
    }
    return found;
}

// Foreign headers, and where they may be seen: in files, or everywhere below a folder. More than
// one place is for different parts of a library.
struct Door {
    std::string_view header;
    std::vector<std::string_view> places;
};
std::vector<Door> const k_doors{
    {"<sqlite3.h", {"lib/storage/sqlite.cpp"}},
    {"<openssl/", {"lib/base/crypto.cpp", "lib/transport/tls.cpp", "lib/loadtest/wire.cpp"}},
    {"<curl/", {"lib/net/curl_"}},
    {"<expat.h", {"lib/storage/s3_replies.cpp"}},
    {"<xxhash.h", {"lib/format/checksum.cpp"}},
    {"<zstd", {"lib/format/compressor.cpp"}},
    {"<boost/", {"lib/transport/", "lib/http/", "lib/loadtest/"}},
    {"<httplib.h", {"lib/admin/admin_server.cpp"}},
    {"<CLI/", {"lib/cli/command_line.cpp"}},
};

Findings broken_doors(SourceFile const& file) {
    Findings found;
    auto const refuse = [&](std::string_view include) {
        found.push_back(file.path + " may not see " + std::string(include) + ">");
    };
    for (auto const include : includes_of(file.text)) {
        for (auto const& door : k_doors)
            if (include.starts_with(door.header) &&
                std::ranges::none_of(
                    door.places, [&](auto const place) { return file.path.starts_with(place); }))
                refuse(include);
        if (include.starts_with("<nlohmann/") && file.path.ends_with(".h")) refuse(include);
    }
    return found;
}

Findings broken_header(SourceFile const& file) {
    Findings found;
    if (!file.path.ends_with(".h")) return found;
    auto const lines = lines_of(file.text);
    if (lines.empty() || !lines[0].starts_with("// "))
        found.push_back(file.path + " does not say in line 1 what it is");
    if (std::find(lines.begin(), lines.end(), "#pragma once") == lines.end())
        found.push_back(file.path + " lacks #pragma once");
    return found;
}

Findings differences(Map const& on_disk, Map const& on_map) {
    Findings found;
    auto const report = [&](Map const& here, Map const& there, std::string_view what) {
        for (auto const& [folder, names] : here) {
            auto const other = there.find(folder);
            for (auto const& name : names)
                if (other == there.end() || !other->second.contains(name))
                    found.push_back(
                        std::string("lib/").append(folder).append("/").append(name).append(what));
        }
    };
    report(on_disk, on_map, " is not on the map");
    report(on_map, on_disk, " is on the map but not there");
    return found;
}

std::string readme() {
    return test::read_source(test::source_root() / "lib" / "README.md");
}

// The maps of all folders, by folder.
Map maps() {
    Map all;
    for (auto const& file : test::read_tree({"lib"}))
        if (auto const folder = folder_of(file.path);
            !folder.empty() && file.path.ends_with("/README.md"))
            all[folder] = parse_map(test::read_source(test::source_root() / file.path));
    return all;
}

void report(Findings const& findings) {
    for (auto const& finding : findings)
        FAIL_CHECK(finding);
}

constexpr std::string_view k_sample = R"(
| other | table |
|---|---|
| x | y |

| floor | folder | is | may include |
|---|---|---|---|
| 0 | base | words | - |
| 1 | protocol | values | base |
| 6 | cli | commands | all |

## The map
- `log` one line
- `clock` time

## After
- `no` entry
)";

} // namespace

TEST_CASE("map: every include stays on its floor or goes down by the table") {
    auto const floors = parse_floors(readme());
    REQUIRE(floors.size() > 5);
    for (auto const& file : test::read_cpp({"lib"}))
        report(broken_floors(file, floors));
}

TEST_CASE("map: the table has each folder of lib, and nothing points up or sideways in it") {
    auto const floors = parse_floors(readme());
    std::set<std::string> folders;
    for (auto const& file : test::read_tree({"lib"}))
        if (auto const folder = folder_of(file.path); !folder.empty()) {
            auto const row = row_of(folder, floors);
            CHECK_MESSAGE(row != floors.end(), "the table lacks lib/", folder);
            if (row != floors.end()) folders.insert(row->first);
        }
    for (auto const& row : floors) {
        auto const& folder = row.first;
        CAPTURE(folder);
        CHECK_MESSAGE(folders.contains(folder), "the table has a folder that is not there");
        for (auto const& below : row.second.may_include) {
            CAPTURE(below);
            REQUIRE(floors.contains(below));
            CHECK(floors.at(below).number < row.second.number);
        }
    }
}

TEST_CASE("map: every file of lib is on its folder's map, and everything on a map is there") {
    Map on_disk;
    for (auto const& file : test::read_tree({"lib"})) {
        std::filesystem::path const path(file.path);
        auto const folder = folder_of(file.path);
        if (!folder.empty() && path.filename() != "README.md")
            on_disk[folder].insert(path.stem().string());
    }
    auto const on_map = maps();
    REQUIRE(on_map.size() > 5);
    report(differences(on_disk, on_map));
}

TEST_CASE("map: foreign headers are seen behind their doors only") {
    for (auto const& file : test::read_cpp({"lib", "apps"}))
        report(broken_doors(file));
}

TEST_CASE("map: every header says what it is and is included once") {
    for (auto const& file : test::read_cpp({"lib", "apps", "tests"}))
        report(broken_header(file));
}

TEST_CASE("map check: the table and the map are read from the text") {
    auto const floors = parse_floors(k_sample);
    CHECK(floors.size() == 3);
    CHECK(floors.at("base").may_include.empty());
    CHECK_FALSE(floors.at("base").all);
    CHECK(floors.at("protocol").may_include.contains("base"));
    CHECK(floors.at("protocol").number == "1");
    CHECK(floors.at("cli").all);
    CHECK(parse_map(k_sample) == std::set<std::string>{"clock", "log"});
}

TEST_CASE("map check: an include upward, from nowhere or without folder is found") {
    auto const floors = parse_floors(k_sample);
    auto const count = [&](std::string path, std::string text) {
        return broken_floors({std::move(path), std::move(text)}, floors).size();
    };
    CHECK(count("lib/protocol/a.h", "#include \"base/log.h\"\n#include \"protocol/b.h\"\n") == 0);
    CHECK(count("lib/cli/a.cpp", "#include \"protocol/b.h\"\n#include <vector>\n") == 0);
    CHECK(count("lib/base/a.h", "#include \"protocol/b.h\"\n") == 1);
    CHECK(count("lib/base/a.h", "  #  include   \"protocol/b.h\" // why\n") == 1);
    CHECK(count("lib/base/a.h", "#include \"log.h\"\n") == 1);
    CHECK(count("lib/cli/a.cpp", "#include \"util/b.h\"\n") == 1);
    CHECK(count("lib/util/a.h", "") == 1);
    // A folder below another one has a row of its own, or that of the folder around it.
    CHECK(count("lib/cli/text/a.cpp", "#include \"protocol/b.h\"\n") == 0);
    CHECK(count("lib/protocol/text/a.h", "#include \"protocol/b.h\"\n") == 0);
    CHECK(count("lib/base/a.h", "#include \"protocol/text/b.h\"\n") == 1);
}

TEST_CASE("map check: a foreign header before the wrong door is found") {
    auto const count = [](std::string path, std::string text) {
        return broken_doors({std::move(path), std::move(text)}).size();
    };
    CHECK(count("lib/storage/sqlite.cpp", "#include <sqlite3.h>\n") == 0);
    CHECK(count("lib/storage/sqlite.h", "#include <sqlite3.h>\n") == 1);
    CHECK(count("lib/base/crypto.cpp", "#include <openssl/rand.h>\n") == 0);
    CHECK(count("lib/transport/tls.cpp", "#include <openssl/ssl.h>\n") == 0);
    CHECK(count("lib/transport/tls.h", "#include <openssl/ssl.h>\n") == 1);
    CHECK(count("lib/net/fetch.cpp", "#include <openssl/rand.h>\n#include <curl/curl.h>\n") == 2);
    CHECK(count("lib/transport/listener.cpp",
                "#include <boost/asio.hpp>\n#include <httplib.h>\n") == 1);
    CHECK(count("lib/cli/command_line.cpp", "#include <CLI/CLI.hpp>\n") == 0);
    CHECK(count("lib/cli/command_line.h", "#include <CLI/CLI.hpp>\n") == 1);
    CHECK(count("lib/cli/commands.cpp", "#include <CLI/CLI.hpp>\n") == 1);
    CHECK(count("lib/client/payload.cpp", "#include <nlohmann/json.hpp>\n") == 0);
    CHECK(count("lib/client/payload.h", "#include <nlohmann/json_fwd.hpp>\n") == 1);
}

TEST_CASE("map check: a header without guard or first line is found") {
    CHECK(broken_header({"a.h", "// What it is.\n#pragma once\n"}).empty());
    CHECK(broken_header({"a.cpp", "int x;\n"}).empty());
    CHECK(broken_header({"a.h", "#pragma once\n"}).size() == 1);
    CHECK(broken_header({"a.h", "// What it is.\n"}).size() == 1);
    CHECK(broken_header({"a.h", ""}).size() == 2);
}

TEST_CASE("map check: what is missing on either side is found") {
    Map const one{{"base", {"clock", "log"}}};
    CHECK(differences(one, one).empty());
    CHECK(differences({{"base", {"clock", "log", "new"}}}, one).size() == 1);
    CHECK(differences({{"base", {"clock"}}}, one).size() == 1);
    CHECK(differences({{"base", {"clock", "log"}}, {"net", {"fetch"}}}, one).size() == 1);
}

} // namespace ds
