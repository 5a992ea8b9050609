#!/usr/bin/env pwsh
<#
.SYNOPSIS
Builds, tests, measures and publishes PoseEngine.
.DESCRIPTION
    dotnet tool restore
    dotnet pwsh build.ps1 TARGET [ARGUMENTS]

  build     compiles everything
  test      runs all tests
  bench     measures this machine; arguments go to "poseengine bench"
  publish   makes self-contained executables for linux-x64 and win-x64 in artifacts/
.EXAMPLE
dotnet pwsh build.ps1 bench --batch 16,128 --json bench.json
#>
param(
    [Parameter(Position = 0)]
    [ValidateSet('build', 'test', 'bench', 'publish')]
    [string] $Target = 'build',

    [Parameter(Position = 1, ValueFromRemainingArguments)]
    [string[]] $Arguments = @()
)

$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot

function Invoke-Dotnet {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}

switch ($Target) {
    'build' { Invoke-Dotnet build -c Release @Arguments }
    'test' { Invoke-Dotnet test -c Release @Arguments }
    'bench' { Invoke-Dotnet run -c Release --project experiments -- bench @Arguments }
    'publish' {
        foreach ($runtime in 'linux-x64', 'win-x64') {
            Invoke-Dotnet publish experiments -c Release -r $runtime --self-contained true `
                '-p:PublishSingleFile=true' '-p:IncludeNativeLibrariesForSelfExtract=true' '-p:DebugType=embedded' -o "artifacts/$runtime" @Arguments
            Write-Host "artifacts/$runtime"
        }
    }
}
