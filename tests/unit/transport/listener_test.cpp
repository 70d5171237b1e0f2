// Promises of transport/listener: what is in the way is replaced only when it is dead.
#include "support/temp_dir.h"
#include "transport/listener.h"

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace ds;
using transport::Listener;
using transport::Place;

namespace {

Place at(std::string path) {
    Place options;
    options.unix_path = std::move(path);
    return options;
}

std::string complaint(std::string const& path) {
    auto const opened = Listener::open(at(path));
    return opened ? "" : opened.error().what;
}

} // namespace

TEST_CASE("listener: a path is there with its mode while the listener is, whatever the umask") {
    TempDir folder;
    auto const path = folder.path() + "/s";
    auto const mask = ::umask(0077);
    {
        auto const listener = Listener::open(at(path));
        ::umask(mask);
        REQUIRE(listener);
        CHECK(listener->family() == AF_UNIX);
        CHECK(listener->port() == 0);
        struct stat made {};
        REQUIRE(::lstat(path.c_str(), &made) == 0);
        CHECK((made.st_mode & 07777) == 0660);
    }
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("listener: a live socket stays, a dead one is replaced") {
    TempDir folder;
    auto const path = folder.path() + "/s";
    auto first = Listener::open(at(path));
    REQUIRE(first);
    CHECK(complaint(path) == "listen on unix:" + path + ": another server listens there");
    ::close(first->release()); // as if it had been killed: the path stays
    CHECK(std::filesystem::exists(path));
    auto const second = Listener::open(at(path));
    REQUIRE(second);
    first->remove(); // what is there now is another's
    CHECK(std::filesystem::exists(path));
}

TEST_CASE("listener: what is no socket is left alone") {
    TempDir folder;
    auto const path = folder.path() + "/s";
    std::ofstream(path) << "precious";
    CHECK(complaint(path) == "listen on unix:" + path + ": there is a file that is no socket");
    CHECK(std::filesystem::file_size(path) == 8);
    CHECK(complaint(folder.path() + "/none/s").ends_with("No such file or directory"));
    CHECK(complaint("/" + std::string(108, 'a')).ends_with("longer than 107 bytes"));
}

TEST_CASE("listener: a port is taken, and told when it is in use") {
    Place options;
    options.port = 0;
    auto const first = Listener::open(options);
    REQUIRE(first);
    CHECK(first->port() != 0);
    options.port = first->port();
    auto const second = Listener::open(options);
    REQUIRE_FALSE(second);
    CHECK(second.error().what.starts_with("listen on 127.0.0.1:" + std::to_string(options.port) +
                                          ": Address already in use; who holds it: ss "));
    options.host = "no such host";
    CHECK_FALSE(Listener::open(options));
}
