// Promises of storage/directory_store that only a folder on a disk can break.
#include "storage/directory_store.h"
#include "storage/disk.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

using namespace ds;
namespace fs = std::filesystem;

namespace {

std::unique_ptr<DirectoryStore> open(std::string const& root) {
    auto store = DirectoryStore::open(root);
    REQUIRE_MESSAGE(store, (store ? "" : store.error().what));
    return *std::move(store);
}

std::size_t files_below(std::string const& root) {
    std::size_t count = 0;
    for (auto const& entry : fs::recursive_directory_iterator(root))
        count += entry.is_regular_file() ? 1 : 0;
    return count;
}

void write(std::string const& path, std::string const& text) {
    std::ofstream(path) << text;
}

} // namespace

TEST_CASE("directory store: an object is a plain file under its key") {
    TempDir const home;
    auto const store = open(home.path() + "/not/yet/there//");
    CHECK(store->where() == home.path() + "/not/yet/there");
    REQUIRE(store->put("a/b", "text", "text/plain"));
    CHECK(fs::file_size(home.path() + "/not/yet/there/a/b") == 4);
    REQUIRE(store->put("a/" + std::string(200, 'x') + "yz", "text", "text/plain"));
    CHECK(fs::exists(home.path() + "/not/yet/there/a/" + std::string(200, 'x') + "~/yz"));
    CHECK(files_below(home.path()) == 2);
}

TEST_CASE("directory store: a folder goes with the last object in it") {
    TempDir const home;
    auto const store = open(home.path());
    REQUIRE(store->put("a/b/c/d", "", "text/plain"));
    REQUIRE(store->put("a/e", "", "text/plain"));
    REQUIRE(store->remove("a/b/c/d"));
    CHECK_FALSE(fs::exists(home.path() + "/a/b"));
    CHECK(fs::exists(home.path() + "/a/e"));
    REQUIRE(store->remove("a/e"));
    CHECK_FALSE(fs::exists(home.path() + "/a"));
    CHECK(fs::exists(home.path()));
}

TEST_CASE("directory store: files left by a crash go at the start, files being written stay") {
    TempDir const home;
    REQUIRE(open(home.path())->put("a", "1", "text/plain"));
    auto const left = home.path() + "/~tmp/left";
    auto const alive = home.path() + "/~tmp/alive";
    write(left, "half an obj");
    FileHandle const writer(::open(alive.c_str(), O_WRONLY | O_CREAT, 0644));
    REQUIRE(::flock(writer.number(), LOCK_EX) == 0);
    auto const store = open(home.path());
    CHECK_FALSE(fs::exists(left));
    CHECK(fs::exists(alive));
    CHECK(fs::exists(home.path() + "/a"));
}

TEST_CASE("directory store: what is no object is not seen") {
    TempDir const home;
    auto const store = open(home.path());
    REQUIRE(store->put("a/b", "1", "text/plain"));
    write(home.path() + "/with blank", "");
    write(home.path() + "/a/b~", "");
    write(home.path() + "/a/~", "");
    write(home.path() + "/a/" + std::string(220, 'x'), "");
    write(home.path() + "/~tmp/x", "");
    fs::create_directory(home.path() + "/lost+found");
    fs::create_symlink("nowhere", home.path() + "/a/dangling");
    std::string seen;
    REQUIRE(store->list("", [&](ObjectEntry const& entry) {
        seen += entry.key + " ";
        return Result<void>();
    }));
    CHECK(seen == "a/b ");
}

TEST_CASE("directory store: a key that is a folder, or would need a file as one, is invalid") {
    TempDir const home;
    auto const store = open(home.path());
    REQUIRE(store->put("a/b", "1", "text/plain"));
    for (char const* key : {"a", "a/b/c", "a/b/c/d"}) {
        CAPTURE(key);
        auto const put = store->put(key, "2", "text/plain");
        REQUIRE_FALSE(put);
        CHECK(put.error().fault == Fault::invalid);
    }
    CHECK(files_below(home.path()) == 1);
}

TEST_CASE("directory store: it goes on when its folders are taken away under it") {
    TempDir const home;
    auto const store = open(home.path());
    REQUIRE(store->put("a/b/c", "1", "text/plain"));
    fs::remove_all(home.path() + "/a");
    REQUIRE(store->put("a/b/c", "2", "text/plain"));
    fs::remove_all(home.path() + "/~tmp");
    REQUIRE(store->put("a/b/d", "3", "text/plain"));
    CHECK(files_below(home.path()) == 2);
}

TEST_CASE("directory store: a root that goes, or is another, is neither written nor made again") {
    TempDir const home;
    auto const root = home.path() + "/store";
    auto const store = open(root);
    REQUIRE(store->put("a/b", "1", "text/plain"));
    fs::rename(root, home.path() + "/away");
    auto const unreachable = [](auto const& result) {
        return !result && result.error().fault == Fault::unreachable;
    };
    for (bool const empty : {false, true}) {
        CAPTURE(empty);
        if (empty) fs::create_directory(root); // where something was mounted
        CHECK(unreachable(store->put("a/c", "2", "text/plain")));
        CHECK(unreachable(store->put_if("a/c", std::nullopt, "2", "text/plain")));
        CHECK(unreachable(store->get("a/b")));
        CHECK(fs::exists(root) == empty);
        CHECK((!empty || fs::is_empty(root)));
    }
    fs::remove(root);
    fs::rename(home.path() + "/away", root);
    CHECK(store->put("a/c", "2", "text/plain"));
    CHECK(store->get("a/b")->value() == Bytes(std::string("1")));
}

TEST_CASE("directory store: two of them put and remove in one folder") {
    TempDir const home;
    auto const one = open(home.path());
    auto const two = open(home.path());
    std::atomic<int> broken{0};
    auto const work = [&](DirectoryStore& store, std::string const& mine) {
        for (int i = 0; i < 40; ++i) {
            broken += store.put("a/b/" + mine, mine, "text/plain") ? 0 : 1;
            auto const got = store.get("a/b/" + mine);
            broken += got && *got && (*got)->view() == mine ? 0 : 1;
            broken += store.remove("a/b/" + mine) ? 0 : 1;
        }
    };
    std::thread other([&] { work(*two, "2"); });
    work(*one, "1");
    other.join();
    CHECK(broken == 0);
    CHECK(files_below(home.path()) == 0);
}

TEST_CASE("directory store: a put that fails leaves nothing behind, and what was there stays") {
    TempDir const home;
    auto const store = open(home.path());
    REQUIRE(store->put("a/b", "before", "text/plain"));
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    auto const was = std::signal(SIGXFSZ, SIG_IGN);
    rlimit const small{1'000, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    auto const put = store->put("a/b", std::string(5'000, 'x'), "text/plain");
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, was);
    REQUIRE_FALSE(put);
    CHECK(put.error().fault == Fault::io);
    CHECK((*store->get("a/b"))->view() == "before");
    CHECK(files_below(home.path()) == 1);
}

TEST_CASE("directory store: a process that is killed leaves whole objects only") {
    TempDir const home;
    std::string const body(300'000, 'x');
    auto const store = open(home.path());
    auto const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        for (int i = 0; store->put("a/" + std::to_string(i), body, "text/plain"); ++i) {
        }
        ::_exit(1);
    }
    while (files_below(home.path()) < 4)
        std::this_thread::yield();
    ::kill(child, SIGKILL);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    auto const again = open(home.path());
    CHECK(fs::is_empty(home.path() + "/~tmp"));
    int objects = 0;
    REQUIRE(again->list("", [&](ObjectEntry const& entry) {
        ++objects;
        CHECK(entry.bytes == body.size());
        return Result<void>();
    }));
    CHECK(objects >= 3);
}

TEST_CASE("directory store: a folder that cannot be made is a fault that names it") {
    TempDir const home;
    write(home.path() + "/file", "");
    auto const opened = DirectoryStore::open(home.path() + "/file");
    REQUIRE_FALSE(opened);
    CHECK(opened.error().what.find(home.path() + "/file") != std::string::npos);
}

TEST_CASE("disk: a disk or a quota that is used up is full, anything else io") {
    CHECK(system_fault(ENOSPC, "write").fault == Fault::full);
    CHECK(system_fault(EDQUOT, "write").fault == Fault::full);
    CHECK(system_fault(EIO, "write").fault == Fault::io);
    CHECK(system_fault(EACCES, "write x").what == "write x: Permission denied");
}
