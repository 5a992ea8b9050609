// Temporary files of the compiler and the loader.
#pragma once
#include "common.h"

namespace standin {

std::string temporaryFolder(); // TMPDIR or /tmp
bool writeFile(const std::string& path, const std::string& bytes);
std::string readFile(const std::string& path);
std::string libraryFolder(); // where this library lies: cuda_shim.h is there too

// A fresh folder, removed with what is in it.
class ScratchFolder {
public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

} // namespace standin
