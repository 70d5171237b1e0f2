// Written aside and renamed; read whole.
#include "admin/admin_file.h"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

namespace ds {
namespace {

Error last_fault(std::string const& doing) {
    auto const code = errno;
    auto const fault = code == ENOSPC || code == EDQUOT ? Fault::full : Fault::io;
    return Error{fault, std::generic_category().message(code)}.within(doing);
}

Result<void> write_private(std::string const& path, std::string_view text) {
    ::unlink(path.c_str()); // left by a crash, perhaps with other rights
    auto const file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return last_fault("make " + path);
    auto const written = ::write(file, text.data(), text.size());
    auto result = written == static_cast<ssize_t>(text.size())
                      ? Result<void>()
                      : Result<void>(last_fault("write " + path));
    ::close(file);
    return result;
}

} // namespace

std::string admin_file_path(std::string const& data) {
    return data + "/admin.json";
}

Result<void> write_admin_file(std::string const& data, AdminAddress const& address) {
    auto const path = admin_file_path(data);
    auto const aside = path + ".new";
    nlohmann::ordered_json json{{"url", address.url}, {"token", address.token}};
    if (!address.serves.empty()) json["serves"] = address.serves;
    TRY(write_private(aside, json.dump() + "\n"));
    if (::rename(aside.c_str(), path.c_str()) != 0) return last_fault("rename " + aside);
    return {};
}

Result<std::optional<AdminAddress>> read_admin_file(std::string const& data) {
    auto const path = admin_file_path(data);
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file && errno == ENOENT) return std::optional<AdminAddress>();
    if (!file) return last_fault("open " + path);
    std::string const text{std::istreambuf_iterator<char>(file), {}};
    try {
        auto const json = nlohmann::json::parse(text);
        return std::optional(
            AdminAddress{json.at("url"), json.at("token"), json.value("serves", "")});
    } catch (nlohmann::json::exception const&) {
        return Error{Fault::corrupt, path + " is not what a server writes"};
    }
}

void remove_admin_file(std::string const& data) {
    ::unlink(admin_file_path(data).c_str());
}

} // namespace ds
