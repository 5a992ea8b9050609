#!/usr/bin/env pwsh
<#
.SYNOPSIS
Builds, tests, measures and publishes PoseEngine.
.DESCRIPTION
    dotnet tool restore
    dotnet pwsh build.ps1 TARGET [ARGUMENTS]

  build     compiles everything
  test      runs all tests
  bench     measures this machine: whole steps by "poseengine bench", which takes the arguments, or after the word
            "operators" single operators by BenchmarkDotNet, which takes the rest (default --filter *); results of the
            latter go to artifacts/benchmarks/
  pack      makes artifacts/PoseEngine.VERSION.nupkg, the engine as a library, and artifacts/PoseEngine.Tool.VERSION.nupkg,
            the program as a .NET tool: dotnet tool install --global --add-source artifacts PoseEngine.Tool
  publish   makes self-contained executables for linux-x64 and win-x64 in artifacts/
  profile   runs poseengine under a CUDA profiler: "systems" (Nsight Systems, the default) or "compute" (Nsight
            Compute), then poseengine's arguments; reports go to artifacts/profile/
  gpu-check makes artifacts/gpu-check.tar.xz, which proves and measures PoseEngine on a machine that has a GPU and
            perhaps nothing else
.EXAMPLE
dotnet pwsh build.ps1 bench --batch 16,128 --json bench.json
.EXAMPLE
dotnet pwsh build.ps1 bench operators --filter *MatrixProduct*
.EXAMPLE
dotnet pwsh build.ps1 profile compute bench --device cuda --batch 128 --runs 1 --max-krylov 10
#>
$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot
# No param block: PowerShell would take "--" and short options away from the programs they are meant for.
$Target, $Arguments = @($args | Where-Object { $_ -ne '--' })
$Target ??= 'build'
$Arguments = @($Arguments | Where-Object { $null -ne $_ })

function Invoke-Dotnet {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}

switch ($Target) {
    'build' { Invoke-Dotnet build -c Release @Arguments }
    'test' { Invoke-Dotnet test -c Release @Arguments }
    'bench' {
        $kind, $rest = $Arguments
        if ($kind -eq 'operators') {
            if (-not $rest) { $rest = '--filter', '*' }
            Invoke-Dotnet run -c Release --project tools/benchmarks -- @rest
        }
        else { Invoke-Dotnet run -c Release --project experiments -- bench @Arguments }
    }
    'pack' {
        foreach ($project in 'engine', 'experiments') { Invoke-Dotnet pack $project -c Release -o artifacts @Arguments }
    }
    'publish' {
        foreach ($runtime in 'linux-x64', 'win-x64') {
            Invoke-Dotnet publish experiments -c Release -r $runtime --self-contained true `
                '-p:PublishSingleFile=true' '-p:IncludeNativeLibrariesForSelfExtract=true' '-p:DebugType=embedded' -o "artifacts/$runtime" @Arguments
            Write-Host "artifacts/$runtime"
        }
    }
    'profile' {
        $mode, $command = $Arguments
        if ($mode -notin 'systems', 'compute') { $mode, $command = @('systems') + $Arguments }
        if (-not $command) { $command = 'bench', '--device', 'cuda', '--batch', '16', '--runs', '1', '--max-krylov', '10' }
        Invoke-Dotnet build experiments -c Release
        & bash tools/nsight/profile.sh $mode artifacts/profile dotnet experiments/bin/Release/net10.0/poseengine.dll @command
        exit $LASTEXITCODE
    }
    'gpu-check' {
        $bundle = 'artifacts/gpu-check'
        Remove-Item -Recurse -Force -ErrorAction Ignore $bundle, "$bundle.tar.xz"
        # The tests refer to the program: one folder, and the runtime in it once.
        Invoke-Dotnet publish tests -c Release -r linux-x64 --self-contained true '-p:TestExecutable=true' `
            '-p:DebugType=embedded' -o "$bundle/app" @Arguments
        Remove-Item -Recurse -Force "$bundle/app/Microsoft.CodeCoverage", "$bundle/app/*.xml", "$bundle/app/*.pdb"
        Copy-Item tools/gpu-check/gpu-check.sh, tools/gpu-check/*.py $bundle
        Copy-Item -Recurse tools/nsight, kernels $bundle
        New-Item -ItemType Directory "$bundle/tools" | Out-Null
        Copy-Item -Recurse tools/kernel-check "$bundle/tools"
        $env:XZ_DEFAULTS = '-T0'
        & tar -C artifacts -cJf "$bundle.tar.xz" gpu-check
        if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
        Write-Host ('{0}.tar.xz, {1:0.0} MB' -f $bundle, ((Get-Item "$bundle.tar.xz").Length / 1e6))
    }
    default {
        Write-Host "build.ps1: no target ""$Target""; choose build, test, bench, pack, publish, profile or gpu-check"
        exit 2
    }
}
