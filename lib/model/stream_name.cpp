// The rules of a name, each with a text that says which one was broken.
#include "model/stream_name.h"

#include "base/encoding.h"

#include <algorithm>
#include <optional>

namespace ds {

namespace {

constexpr std::string_view k_reserved = "__ds";

Error broken(std::string what) {
    return Error{Fault::invalid, std::move(what)};
}

bool is_project_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

// C0, DEL, and C1 (U+0080 to U+009F: C2 80 to C2 9F). `text` is UTF-8.
bool has_control(std::string_view text) {
    char before = '\0';
    for (char const c : text) {
        auto const code = static_cast<unsigned char>(c);
        if (code < 0x20 || code == 0x7f || (before == '\xc2' && code < 0xa0)) return true;
        before = c;
    }
    return false;
}

std::optional<Error> broken_project_rule(std::string_view project) {
    if (project.empty()) return broken("the project name is empty");
    if (project.size() > k_project_bytes_max) {
        return broken("the project name is longer than " + std::to_string(k_project_bytes_max) +
                      " characters");
    }
    if (!std::all_of(project.begin(), project.end(), is_project_char))
        return broken("a project name is made of letters, digits, '_' and '-'");
    return std::nullopt;
}

std::optional<Error> broken_stream_rule(std::string_view stream) {
    if (stream.empty()) return broken("the stream name is empty");
    if (stream.size() > k_stream_bytes_max) {
        return broken("the stream name is longer than " + std::to_string(k_stream_bytes_max) +
                      " bytes");
    }
    if (!is_utf8(stream)) return broken("the stream name is not UTF-8");
    if (has_control(stream)) return broken("the stream name holds a control character");
    for (std::size_t from = 0; from <= stream.size();) {
        auto const slash = std::min(stream.find('/', from), stream.size());
        auto const segment = stream.substr(from, slash - from);
        if (segment.empty())
            return broken("the stream name begins or ends with '/', or has two in a row");
        if (segment == "." || segment == "..")
            return broken("the stream name has '.' or '..' as a segment");
        from = slash + 1;
    }
    return std::nullopt;
}

} // namespace

Result<StreamName> make_stream_name(std::string_view project, std::string_view stream) {
    if (auto error = broken_project_rule(project)) return *std::move(error);
    if (auto error = broken_stream_rule(stream)) return *std::move(error);
    StreamName name;
    name.full_.reserve(project.size() + 1 + stream.size());
    name.full_.append(project).append("/").append(stream);
    return name;
}

Result<StreamName> parse_stream_name(std::string_view text) {
    auto const slash = text.find('/');
    if (slash == std::string_view::npos) return make_stream_name(k_default_project, text);
    return make_stream_name(text.substr(0, slash), text.substr(slash + 1));
}

Result<StreamName> parse_stream_path(std::string_view path) {
    if (!path.starts_with(k_stream_root))
        return broken("a stream's path begins with " + std::string(k_stream_root));
    auto const text = percent_decode(path.substr(k_stream_root.size()));
    if (!text) return broken("a '%' in the path is not followed by two hex digits");
    return parse_stream_name(*text);
}

std::string stream_path(StreamName const& name) {
    std::string path(k_stream_root);
    path.append(name.project()).append("/").append(percent_encode(name.stream(), "/"));
    return path;
}

bool is_word_of_routes(std::string_view project) {
    return project == "subscribe" || project == "publish";
}

bool is_reserved(StreamName const& name) {
    auto const stream = name.stream();
    return name.project() == k_reserved || stream.substr(0, stream.find('/')) == k_reserved;
}

} // namespace ds
